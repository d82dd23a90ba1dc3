using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A residual connection, x + f(x) (He et al. 2016, "Deep Residual Learning for Image Recognition"), for one or more modules f one after the other,
/// whose output has the shape of the input. A small fully connected network of such blocks trains in managed code.
/// </summary>
/// <remarks>Owns the modules and disposes them. They are named <c>inner.0</c>, <c>inner.1</c>, …, as in <c>state_dict</c>.</remarks>
/// <example>
/// <c>new BayesianSequential(new BayesianLinear(2, 8), new BayesianResidual(Tanh(), new BayesianLinear(8, 8)), new BayesianLinear(8, 1))</c>
/// </example>
public sealed class BayesianResidual : BayesianModule
{
    internal const string InnerKey = "inner";

    // Not a field of a module, which TorchSharp would also register under the field's name.
    private readonly BayesianSequential[] _inner;

    /// <summary>Creates a residual connection.</summary>
    /// <param name="modules">The modules, in order.</param>
    /// <exception cref="ArgumentException">A module is not one that <see cref="BayesianSequential"/> can run.</exception>
    public BayesianResidual(params nn.Module<Tensor, Tensor>[] modules) : this(new BayesianSequential(modules))
    {
    }

    internal BayesianResidual(BayesianSequential inner) : base(nameof(BayesianResidual))
    {
        _inner = [inner];
        register_module(InnerKey, inner);
    }

    /// <summary>Gets the modules.</summary>
    internal BayesianSequential Inner => _inner[0];

    /// <inheritdoc/>
    internal override IEnumerable<nn.Module> InOrder => _inner;

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        var change = pass.Probe is null
            ? Inner.PropagateInAnyLayout(input, pass)
            : WatchedPass.Of(pass, Inner, input, value => Inner.PropagateInAnyLayout(value, pass));
        RequireSameShape(input, change);
        return input.add(change, Scalars.One).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Adds the moments of x and f(x), as if the two were independent.</summary>
    /// <inheritdoc/>
    protected internal override Moments PropagateMoments(Moments input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        var change = Inner.PropagateMoments(input, pass);
        RequireSameShape(input.Mean, change.Mean);
        return input.Plus(change).MoveToOuter(scope);
    }

    private static void RequireSameShape(Tensor input, Tensor change)
    {
        if (!change.shape.AsSpan(1).SequenceEqual(input.shape.AsSpan(1)))
            throw new ArgumentException(
                $"The modules of a residual connection turned shape {Shapes.Describe(input.shape.AsSpan(1))} into "
                + $"{Shapes.Describe(change.shape.AsSpan(1))}; expected the same shape.", nameof(input));
    }

    /// <summary>Asks the first module, if it is Bayesian.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) => Inner.IsSingleExample(shape);
}
