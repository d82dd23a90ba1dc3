using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>What all methods have in common: the data, the network, the prior of its weights and the likelihood.</summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal abstract class ComparisonProblem : IDisposable
{
    private readonly List<Tensor> _owned = [];

    /// <summary>Creates a problem with a prior.</summary>
    /// <param name="priorStddev">Standard deviation of the prior of every weight.</param>
    protected ComparisonProblem(double priorStddev)
    {
        PriorStddev = priorStddev;
        Prior = new NormalPrior(0, priorStddev);
    }

    /// <summary>Its name in metrics.json.</summary>
    public abstract string Name { get; }

    /// <summary>Its name in headings.</summary>
    public abstract string Title { get; }

    /// <summary>What the data and the unseen are, in sentences.</summary>
    public abstract string Description { get; }

    /// <summary>The network in a few words.</summary>
    public abstract string NetworkDescription { get; }

    /// <summary>p(y | f).</summary>
    public abstract Likelihood Likelihood { get; }

    /// <summary>How methods train.</summary>
    public abstract ComparisonSettings Settings { get; }

    /// <summary>Standard deviation of the prior of every weight, N(0, stddev²).</summary>
    public double PriorStddev { get; }

    /// <summary>The prior of every weight.</summary>
    public NormalPrior Prior { get; }

    /// <summary>Inputs to train on, <c>[N, …]</c>.</summary>
    public required Tensor TrainInput { get; init => field = Own(value); }

    /// <summary>Targets to train on.</summary>
    public required Tensor TrainTarget { get; init => field = Own(value); }

    /// <summary>Inputs to test on.</summary>
    public required Tensor TestInput { get; init => field = Own(value); }

    /// <summary>Targets to test on.</summary>
    public required Tensor TestTarget { get; init => field = Own(value); }

    /// <summary>Inputs and targets in the gap; null if the data have none.</summary>
    public (Tensor Input, Tensor Target)? Gap
    {
        get;
        init => field = value is { } gap ? (Own(gap.Input), Own(gap.Target)) : null;
    }

    /// <summary>Inputs unlike all that were trained on; null if none are defined.</summary>
    public Tensor? UnseenInput { get; init => field = value is null ? null : Own(value); }

    /// <summary>The target's own unit, in units of the network's output.</summary>
    public double TargetUnit { get; init; } = 1;

    /// <summary>Notes about the data, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Methods that are left out unless they are named, with the reason, a sentence.</summary>
    public virtual IReadOnlyDictionary<string, string> LeftOut { get; } = new Dictionary<string, string>();

    /// <summary>Source and licence of the data; empty for simulated data.</summary>
    public virtual string Attribution => "";

    /// <summary>Whether the target is a class.</summary>
    public bool HasClasses => Likelihood is ClassLikelihood;

    /// <summary>Returns an untrained network that the caller disposes.</summary>
    /// <param name="seed">Seed of its initial weights.</param>
    /// <param name="dropout">Probability that dropout after the hidden units sets one to 0; 0 for a network without dropout.</param>
    public nn.Module<Tensor, Tensor> NewNetwork(long seed, double dropout = 0)
    {
        random.manual_seed(seed);
        return MakeNetwork(dropout);
    }

    /// <summary>Returns the figures that only these data have.</summary>
    public virtual IReadOnlyList<FigureFile> Figures(IReadOnlyList<MethodResult> results) => [];

    /// <summary>Makes a network with torch's global generator.</summary>
    protected abstract nn.Module<Tensor, Tensor> MakeNetwork(double dropout);

    /// <summary>Frees the data.</summary>
    public void Dispose()
    {
        foreach (var tensor in _owned)
            tensor.Dispose();
    }

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
