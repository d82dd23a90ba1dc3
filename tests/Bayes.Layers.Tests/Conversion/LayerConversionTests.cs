using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>Every kind of layer converts to a Bayesian layer and back.</summary>
public sealed class LayerConversionTests : TorchTest
{
    public static TheoryData<string> Kinds => [.. Layers.Keys];

    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Layer, Func<Tensor> Input)> Layers = new()
    {
        ["linear"] = (() => nn.Linear(3, 4, dtype: float64), () => Normal(5, 3)),
        ["linear without bias"] = (() => nn.Linear(3, 4, hasBias: false, dtype: float64), () => Normal(5, 3)),
        ["conv1d"] = (() => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2, dtype: float64), () => Normal(5, 4, 9)),
        ["conv2d"] = (() => nn.Conv2d(2, 4, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, bias: false, dtype: float64),
            () => Normal(5, 2, 6, 5)),
        ["conv2d, same size"] = (() => nn.Conv2d(2, 4, 3, padding: Padding.Same, dilation: 2, dtype: float64), () => Normal(5, 2, 6, 5)),
        ["conv3d"] = (() => nn.Conv3d(2, 3, 2, padding: 1, dtype: float64), () => Normal(2, 2, 3, 3, 2)),
        ["conv2d, more padding at the end"] = (() => nn.Conv2d(2, 4, 4, padding: Padding.Same, dtype: float64), () => Normal(5, 2, 6, 5)),
        ["conv2d, circular"] = (() => nn.Conv2d(2, 4, 3, padding: 1, padding_mode: PaddingModes.Circular, dtype: float64), () => Normal(5, 2, 6, 5)),
        ["conv_transpose1d"] = (() => nn.ConvTranspose1d(2, 4, 3, stride: 2, padding: 1, output_padding: 1, dtype: float64), () => Normal(3, 2, 4)),
        ["conv_transpose3d"] = (() => nn.ConvTranspose3d(2, 4, (3, 2, 1), stride: (2, 1, 1), padding: (1, 0, 0), dtype: float64), () =>
            Normal(3, 2, 3, 3, 2)),
        ["embedding with padding"] = (() => nn.Embedding(6, 3, padding_idx: 2, dtype: float64), () => randint(6, [4, 2], dtype: int64)),
        ["conv_transpose2d"] =
            (() => nn.ConvTranspose2d(2, 4, 3, stride: 2, padding: 1, output_padding: 1, groups: 2, dtype: float64), () => Normal(3, 2, 3, 3)),
        ["embedding"] = (() => nn.Embedding(6, 3, dtype: float64), () => randint(6, [4, 2], dtype: int64)),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_layer_converts_to_Bayesian_and_back(string kind)
    {
        using var plain = Layers[kind].Layer();
        var input = Layers[kind].Input();
        var expected = plain.forward(input);
        var lowRank = new BayesianConversion { Initializer = new FanInInitializer { Family = new LowRankFamily(rank: 2) } };
        foreach (var options in new[] { new(), new() { Moped = new Moped() }, lowRank, lowRank with { Moped = new Moped() } })
        {
            using var model = plain.ToBayesian(options);
            ShouldBeClose(model.Sample(input, PosteriorMean.Instance).squeeze(0), expected, 1e-12);
            using var back = model.ToDeterministic();
            back.GetType().Should().Be(plain.GetType());
            ShouldBeClose(back.forward(input), expected, 1e-12);
            using var drawn = model.ToDeterministic(seed: 2, draw: 3);
            using var draws = new PosteriorDraws(2, 1, 3);
            ShouldBeClose(drawn.forward(input), model.Sample(input, draws).squeeze(0), 1e-12);
            ShouldDiffer(drawn.forward(input), expected);
        }
    }
}
