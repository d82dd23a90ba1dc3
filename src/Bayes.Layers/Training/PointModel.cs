using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A plain network for the trainer of Bayesian models: nothing is random, and the place of the KL divergence takes −log p(w), so that the loss is
/// −log p(w, y | x) / N, whose minimum is the maximum a posteriori.
/// </summary>
/// <remarks>Does not own the network.</remarks>
internal sealed class PointModel : BayesianModule
{
    private readonly nn.Module _network;
    private readonly (Parameter Weight, Prior Prior)[] _weights;
    private readonly bool _isMade;
    private bool _isEnding;

    /// <summary>Creates the model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="prior">The prior of each weight; null for maximum likelihood.</param>
    /// <exception cref="ArgumentException">The network is Bayesian, or has nothing to train; or the prior learns.</exception>
    public PointModel(nn.Module network, Prior? prior) : base(nameof(PointModel))
    {
        NetworkCall.Require(network);
        if (network.BayesianModules().FirstOrDefault() is { } bayesian)
            throw new ArgumentException(
                $"The network contains a {bayesian.GetName()}, which is Bayesian; expected a plain network: train this one with "
                + $"{nameof(VariationalTrainer)}.", nameof(network));
        _network = network;
        NetworkParameter[] trained = [.. NetworkParameter.Of(network).Where(each => each.Value.requires_grad)];
        if (trained.Length == 0)
            throw new ArgumentException(
                $"No parameter of the {network.GetType().Name} requires a gradient, so there is nothing to train; expected at least one.",
                nameof(network));
        _weights = prior is null ? [] : [.. trained.Select(each => (each.Value, Fixed(prior, each.Value)))];
        register_module("network", network);
        train(network.training);
        _isMade = true;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules() => _isEnding ? [] : base.named_modules();

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass) => Whole([input], pass);

    /// <inheritdoc/>
    internal override Tensor PropagateInputs(IReadOnlyList<Tensor> inputs, Pass pass)
    {
        using var scope = NewDisposeScope();
        return Whole([.. inputs.Select(input => input.AsContiguous())], pass).MoveToOuterDisposeScope();
    }

    /// <summary>Makes the whole network the front, which runs once for any number of draws.</summary>
    /// <inheritdoc/>
    protected internal override DeterministicFront? SplitFront() => new(Whole, (value, _) => value.alias());

    /// <inheritdoc/>
    internal override IEnumerable<nn.Module> InOrder => [_network];

    /// <summary>Computes −log p(w) of all weights that are trained, in nats; null without a prior.</summary>
    /// <inheritdoc/>
    protected internal override Tensor? OwnKlDivergence()
    {
        if (_weights.Length == 0)
            return null;
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var (weight, prior) in _weights)
        {
            var log = prior.LogProbability(weight).sum(weight.dtype.ForSums());
            sum = sum is null ? log : sum.add(log, Scalars.One);
        }
        return sum!.neg().MoveToOuterDisposeScope();
    }

    /// <summary>Frees the module's own native part, but not the network.</summary>
    protected override void Dispose(bool disposing)
    {
        // TorchSharp's modules dispose their children.
        _isEnding = true;
        base.Dispose(disposing || _isMade);
    }

    private static Prior Fixed(Prior prior, Parameter weight)
    {
        prior.RequireFits(weight.dtype);
        var own = prior.For(weight.shape, weight.dtype);
        return own.Parameters is null ? own : throw new ArgumentException(
            $"The prior {prior} has parameters of its own; expected one that is fixed, such as {nameof(NormalPrior)}.", nameof(prior));
    }

    private Tensor Whole(IReadOnlyList<Tensor> values, Pass pass) => _network is nn.Module<Tensor, Tensor> single
        ? PlainPass.Of(single, values[0], pass)
        : PlainPass.Of(_network, values, rows => NetworkCall.Of(_network, rows), pass);
}
