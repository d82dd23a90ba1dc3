using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Converts one of TorchSharp's dropout modules to <see cref="MonteCarloDropout"/>, if <see cref="BayesianConversion.MonteCarloDropoutOnly"/> is
/// true.
/// </summary>
/// <typeparam name="TPlain">The plain type.</typeparam>
/// <param name="probability">Returns the probability that a unit is dropped.</param>
/// <param name="create">Makes a plain module with a probability.</param>
/// <param name="channelAxis">The axis of <c>[B, …]</c> along which whole channels are dropped, or null if each element is a unit.</param>
internal sealed class DropoutConversion<TPlain>(Func<TPlain, double> probability, Func<double, TPlain> create, int? channelAxis) : LayerConversion
    where TPlain : nn.Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override Type PlainType => typeof(TPlain);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(MonteCarloDropout);

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <inheritdoc/>
    internal override bool IsDropout => true;

    /// <inheritdoc/>
    internal override bool Fits(nn.Module bayesian) => ((MonteCarloDropout)bayesian).ChannelAxis == channelAxis;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        double p = probability((TPlain)plain);
        if (p == 1)
            throw new ArgumentException("its probability p is 1, so it drops everything; expected a probability below 1.");
        var dropout = new MonteCarloDropout(p, channelAxis);
        dropout.train(plain.training);
        return dropout;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        if (!pass.IsMean)
            throw new ArgumentException(
                $"The model has a {nameof(MonteCarloDropout)}, whose draws depend on the shape of the input, which no plain module can reproduce; "
                + "expected a model without one, or ToDeterministic() without a draw, which drops nothing.", nameof(bayesian));
        var dropout = create(((MonteCarloDropout)bayesian).Probability);
        dropout.train(bayesian.training);
        return dropout;
    }
}
