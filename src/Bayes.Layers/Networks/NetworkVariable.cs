using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// A parameter of a network that is a random variable. Its mean is the parameter itself; the other parameters of the posterior are in a node.
/// </summary>
internal sealed class NetworkVariable
{
    private readonly PosteriorNode _node;
    private readonly string[] _names;

    /// <summary>Creates a variable, whose parameters and prior the node then owns.</summary>
    /// <param name="start">How the variable starts.</param>
    /// <param name="root">The root of the tree of nodes.</param>
    /// <exception cref="ArgumentException">The prior does not fit the parameter.</exception>
    public NetworkVariable(NetworkStart start, PosteriorNode root)
    {
        var mean = start.Parameter.Value;
        (Name, IsBias, Family) = (start.Parameter.Name, start.Parameter.IsBias, start.Family);
        (InitialLogStddev, FixedRow) = (start.InitialLogStddev, start.FixedRow);
        string last = start.Parameter.LastName;
        _node = root.At(Name.Split('.')[..^1]);
        _names = [.. start.Family.ParametersOf(mean.shape).Skip(1).Select(each => $"{last}_{each.Name}")];
        foreach (var (name, value) in _names.Zip(start.Values))
            _node.Add(name, new Parameter(value).Owned());
        start.Prior.RequireFits(mean.dtype);
        Prior = start.Prior.For(mean.shape, mean.dtype);
        if (Prior.Parameters is { } parameters)
            _node.Add($"{last}_prior", parameters);
    }

    /// <summary>Gets the path of the parameter in the network, such as <c>layer1.0.conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Gets whether it is a bias.</summary>
    public bool IsBias { get; }

    /// <summary>Gets the family of the posterior.</summary>
    public PosteriorFamily Family { get; }

    /// <summary>Gets the prior.</summary>
    public Prior Prior { get; }

    /// <summary>Gets the mean of log sigma at the start, for diagnostics; null for a bias.</summary>
    public double? InitialLogStddev { get; }

    /// <summary>Gets the row that is always 0, as that of an embedding's <c>padding_idx</c> is; null if there is none.</summary>
    public long? FixedRow { get; }

    /// <summary>Returns the posterior, a view of the current parameters.</summary>
    public WeightPosterior Posterior(Parameter mean) => Family.Of([mean, .. _names.Select(name => _node.get_parameter(name)!)]);

    /// <summary>Returns drawn weights, <c>[S, …shape]</c>, with the fixed row at 0.</summary>
    public Tensor Fixed(Tensor weights)
    {
        if (FixedRow is not { } row)
            return weights;
        using var scope = NewDisposeScope();
        return weights.index_fill(1, tensor(row, ScalarType.Int64, weights.device), Scalars.Zero).MoveToOuterDisposeScope();
    }
}
