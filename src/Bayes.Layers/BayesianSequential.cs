using Bayes.Layers.Estimators;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Modules one after the other, Bayesian and plain ones mixed, with the KL divergence of all. Of S passes, the part before
/// the first Bayesian layer runs once; a plain module after it sees the draws folded into the batch,
/// <c>[S·B, …]</c> with a draw's rows together, so that <c>Flatten</c>, <c>BatchNorm1d</c> or <c>Conv2d</c> need not know of them.
/// </summary>
/// <remarks>
/// A plain <c>nn.Sequential</c> with Bayesian layers in it is walked as if its children stood here. Owns its children:
/// disposing it disposes them, as TorchSharp's own containers do. Forward hooks of Bayesian children are not called, since
/// they are passed the Monte Carlo axis; those of plain children are, and see that axis on activations.
/// </remarks>
public sealed class BayesianSequential : BayesianModule
{
    private readonly nn.Module<Tensor, Tensor>[] _steps;
    private readonly (Sequential Module, int Count)[] _walked;

    /// <summary>An empty sequence: the identity.</summary>
    public BayesianSequential() : this(Enumerable.Empty<nn.Module<Tensor, Tensor>>())
    {
    }

    /// <summary>A sequence whose children are named 0, 1, 2, …, as in state_dict keys.</summary>
    /// <param name="modules">The children, in order.</param>
    /// <exception cref="ArgumentException">A plain child other than <c>nn.Sequential</c> has Bayesian layers inside.</exception>
    public BayesianSequential(params IEnumerable<nn.Module<Tensor, Tensor>> modules)
        : this(Numbered(modules))
    {
    }

    /// <summary>A sequence of named children.</summary>
    /// <param name="modules">Names and children, in order; a name is not empty, unique, and without a dot.</param>
    /// <exception cref="ArgumentException">A name is not fit, or a plain child other than <c>nn.Sequential</c> has Bayesian layers inside.</exception>
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

    /// <summary>How many children there are.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        var value = input;
        foreach (var step in Walk())
        {
            var next = step is BayesianModule bayesian ? bayesian.Propagate(value, pass) : ApplyPlain(step, value, pass);
            if (!ReferenceEquals(value, input) && !ReferenceEquals(value, next))
                value.Dispose();
            value = next;
        }
        return ReferenceEquals(value, input) ? input.alias().MoveToOuterDisposeScope() : value.MoveToOuterDisposeScope();
    }

    /// <summary>What is passed through one after the other: the children, and in the place of a plain <c>nn.Sequential</c> with Bayesian layers its own.</summary>
    internal IReadOnlyList<nn.Module<Tensor, Tensor>> Walk()
    {
        foreach (var (module, count) in _walked)
            if (module.Count != count)
                throw new InvalidOperationException(
                    $"A Sequential inside has {module.Count} children and had {count} when this BayesianSequential was made; make it anew.");
        return _steps;
    }

    /// <summary>That of the first child, if it is Bayesian.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) => _steps is [BayesianModule first, ..] && first.IsSingleExample(shape);

    private static IEnumerable<nn.Module<Tensor, Tensor>> Steps(nn.Module<Tensor, Tensor> module)
    {
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
