using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The conversion of a layer with a weight and perhaps a bias: a new kind of layer says how one is made from the sizes of the other.</summary>
/// <typeparam name="TPlain">The plain type.</typeparam>
/// <typeparam name="TBayesian">The Bayesian type.</typeparam>
public abstract class WeightLayerConversion<TPlain, TBayesian> : LayerConversion
    where TPlain : nn.Module<Tensor, Tensor>
    where TBayesian : BayesianLayer
{
    /// <inheritdoc/>
    public sealed override Type PlainType => typeof(TPlain);

    /// <inheritdoc/>
    public sealed override Type BayesianType => typeof(TBayesian);

    /// <inheritdoc/>
    public sealed override bool HasWeights => true;

    /// <summary>The weight of a plain layer.</summary>
    protected abstract Parameter Weight(TPlain plain);

    /// <summary>The bias of a plain layer, or none.</summary>
    protected abstract Parameter? Bias(TPlain plain);

    /// <summary>A Bayesian layer of a plain one's sizes.</summary>
    protected abstract TBayesian Create(TPlain plain, LayerStart start);

    /// <summary>A plain layer of a Bayesian one's sizes, with any weights.</summary>
    protected abstract TPlain Create(TBayesian bayesian, Device device, ScalarType dtype);

    /// <inheritdoc/>
    public sealed override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var given = (TPlain)plain;
        Tensor weight = Weight(given);
        Tensor? bias = Bias(given);
        var layer = Create(given, pass.Options.StartOf(weight, bias));
        pass.Options.Start(layer, weight, bias);
        layer.train(plain.training);
        return layer;
    }

    /// <inheritdoc/>
    public sealed override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var given = (TBayesian)bayesian;
        var plain = Create(given, given.weight_mu.device, given.weight_mu.dtype);
        Weight(plain).copy_(pass.Weight(given.WeightPosterior));
        if (given.BiasPosterior is { } posterior)
            Bias(plain)!.copy_(pass.Weight(posterior));
        plain.train(bayesian.training);
        return plain;
    }
}
