using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Runs modules one after the other, Bayesian and plain ones mixed, and sums their KL divergence. Of S passes, the part before the first Bayesian
/// layer runs once. A plain module behind it sees the draws folded into the batch, <c>[S·B, …]</c> with the rows of a draw together, so
/// <c>Flatten</c>, <c>BatchNorm1d</c> and <c>Conv2d</c> need not know of them.
/// </summary>
/// <remarks>
/// A plain <c>nn.Sequential</c> with Bayesian layers in it is treated as if its children stood here. Owns its children and disposes them, as
/// TorchSharp's own containers do. Forward hooks of Bayesian children are not called. Those of plain children are, and see the Monte Carlo axis on
/// elementwise modules.
/// </remarks>
public sealed class BayesianSequential : BayesianModule
{
    private readonly nn.Module<Tensor, Tensor>[] _steps;
    private readonly (Sequential Module, int Count)[] _walked;

    /// <summary>Creates an empty sequence: the identity.</summary>
    public BayesianSequential() : this(Enumerable.Empty<nn.Module<Tensor, Tensor>>())
    {
    }

    /// <summary>Creates a sequence whose children are named 0, 1, 2, …, as in <c>state_dict</c>.</summary>
    /// <param name="modules">The children, in order.</param>
    /// <exception cref="ArgumentException">
    /// A plain child other than <c>nn.Sequential</c> has Bayesian layers inside, or a child takes the sequence on axis 0, as
    /// <c>TransformerEncoderLayer</c> does.
    /// </exception>
    public BayesianSequential(params IEnumerable<nn.Module<Tensor, Tensor>> modules)
        : this(Numbered(modules))
    {
    }

    /// <inheritdoc cref="BayesianSequential(IEnumerable{nn.Module{Tensor, Tensor}})"/>
    /// <remarks>For F# and Visual Basic, which support only arrays as lists of arguments.</remarks>
    public BayesianSequential(params nn.Module<Tensor, Tensor>[] modules)
        : this(modules.AsEnumerable())
    {
    }

    /// <inheritdoc cref="BayesianSequential(IEnumerable{ValueTuple{string, nn.Module{Tensor, Tensor}}})"/>
    /// <remarks>For F# and Visual Basic, which support only arrays as lists of arguments.</remarks>
    public BayesianSequential(params (string Name, nn.Module<Tensor, Tensor> Module)[] modules)
        : this(modules.AsEnumerable())
    {
    }

    /// <summary>Creates a sequence of named children.</summary>
    /// <param name="modules">Names and children, in order. A name must be unique, not empty, and without a dot.</param>
    /// <exception cref="ArgumentException">
    /// A name is not valid, a plain child other than <c>nn.Sequential</c> has Bayesian layers inside, or a child takes the sequence on axis 0, as
    /// <c>TransformerEncoderLayer</c> does.
    /// </exception>
    public BayesianSequential(params IEnumerable<(string Name, nn.Module<Tensor, Tensor> Module)> modules)
        : base(nameof(BayesianSequential))
    {
        ArgumentNullException.ThrowIfNull(modules);
        var children = new List<nn.Module<Tensor, Tensor>>();
        foreach (var (name, module) in modules)
        {
            ArgumentNullException.ThrowIfNull(module);
            if (string.IsNullOrEmpty(name) || name.Contains('.') || named_children().Any(child => child.name == name))
                throw new ArgumentException(
                    $"A child is named '{name}'; expected a name that is not empty, has no dot, and was not used before.", nameof(modules));
            register_module(name, module);
            children.Add(module);
        }
        _steps = [.. children.SelectMany(Steps)];
        _walked = [.. this.modules().OfType<Sequential>().Select(walked => (walked, walked.Count))];
        Count = children.Count;
    }

    /// <summary>Gets the number of children.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return PropagateInAnyLayout(input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor PropagateInAnyLayout(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        return Through(Walk(), input, pass);
    }

    /// <inheritdoc/>
    protected internal override Moments PropagateMoments(Moments input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        var value = input.Alias();
        foreach (var step in Walk())
        {
            var next = step is BayesianModule bayesian ? bayesian.PropagateMoments(value, pass) : ApplyPlain(step, value, pass);
            value.Free();
            value = next;
        }
        return value.MoveToOuter(scope);
    }

    /// <summary>
    /// Splits off the children before the first Bayesian one, and the front of that one; returns null if the first child is random from its start.
    /// </summary>
    /// <inheritdoc/>
    protected internal override DeterministicFront? SplitFront()
    {
        var steps = Walk();
        int count = 0;
        while (count < steps.Count && steps[count] is not BayesianModule)
            count++;
        var inner = count < steps.Count ? ((BayesianModule)steps[count]).SplitFront() : null;
        if (count == 0 && inner is null)
            return null;
        nn.Module<Tensor, Tensor>[] plain = [.. steps.Take(count)], others = [.. steps.Skip(count)];
        bool isKnown = ModuleHooks.HasNone(this);
        if (inner is null)
            return new DeterministicFront((input, pass) => Through(plain, input, pass), (value, pass) => Through(others, value, pass))
            {
                RestSteps = isKnown ? others : null,
            };
        return new DeterministicFront(
            (input, pass) => Then(Through(plain, input, pass), value => Watched(others[0], value.AsContiguous(), pass, inner.Front)),
            (value, pass) => Then(Watched(others[0], value, pass, inner.Rest), rest => Through(others[1..], rest, pass)))
        {
            RestSteps = isKnown && inner.RestSteps is { } known ? [.. known, .. others[1..]] : null,
        };

        static Tensor Then(Tensor value, Func<Tensor, Tensor> next)
        {
            using (value)
                return next(value);
        }
    }

    private static Tensor Through(IReadOnlyList<nn.Module<Tensor, Tensor>> steps, Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var value = input;
        foreach (var step in steps)
        {
            var next = step is not BayesianModule bayesian ? ApplyPlain(step, value, pass)
                : pass.Probe is null ? bayesian.PropagateInAnyLayout(value, pass)
                : Watched(bayesian, value, pass, bayesian.PropagateInAnyLayout);
            if (!ReferenceEquals(value, input) && !ReferenceEquals(value, next))
                value.Dispose();
            value = next;
        }
        return (ReferenceEquals(value, input) ? input.alias() : value).MoveToOuterDisposeScope();
    }

    private static Tensor Watched(nn.Module module, Tensor value, Pass pass, Func<Tensor, Pass, Tensor> propagate) =>
        pass.Probe is null ? propagate(value, pass) : WatchedPass.Of(pass, module, value, each => propagate(each, pass));

    /// <summary>
    /// Returns the modules to run one after the other: the children, with the children of a plain <c>nn.Sequential</c> with Bayesian layers in its
    /// place.
    /// </summary>
    internal IReadOnlyList<nn.Module<Tensor, Tensor>> Walk()
    {
        foreach (var (module, count) in _walked)
            if (module.Count != count)
                throw new InvalidOperationException(
                    $"A Sequential inside has {module.Count} children and had {count} when this BayesianSequential was made; make it anew.");
        return _steps;
    }

    /// <inheritdoc/>
    internal override IEnumerable<nn.Module> InOrder => _steps;

    /// <summary>Asks the first child, if it is Bayesian.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) =>
        _steps is [BayesianModule first, ..] && first.IsSingleExample(shape);

    private static IEnumerable<nn.Module<Tensor, Tensor>> Steps(nn.Module<Tensor, Tensor> module)
    {
        SequenceFirstModules.Refuse(module);
        if (module is BayesianModule || !module.BayesianModules().Any())
            return [module];
        if (module.GetType() == typeof(Sequential))
            return module.children().Cast<nn.Module<Tensor, Tensor>>().SelectMany(Steps);
        throw new ArgumentException(
            $"The child {module.GetName()} is a plain module with Bayesian layers inside, whose draws it cannot keep apart; derive it "
            + "from BayesianModule, or build it as a BayesianSequential.", nameof(module));
    }

    private static IEnumerable<(string, nn.Module<Tensor, Tensor>)> Numbered(IEnumerable<nn.Module<Tensor, Tensor>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return modules.Select((module, index) => (index.ToString(), module));
    }
}
