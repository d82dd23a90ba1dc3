using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>Every kind of layer also obeys the laws of modules with dependent weights.</summary>
public abstract class LowRankLayerLaws : ModuleLaws
{
    protected static PosteriorInitializer Start => new NormalInitializer { Family = new LowRankFamily(rank: 2) };

    protected static IEnumerable<string> KeysOf(params string[] variables) =>
        variables.SelectMany(variable => new[] { $"{variable}_mu", $"{variable}_log_var", $"{variable}_factor" });

    protected override IEnumerable<string> Keys => KeysOf("weight", "bias");

    [Fact]
    public void A_posterior_is_named_in_an_error()
    {
        using var module = Create();
        var layer = module.BayesianModules().OfType<BayesianLayer>().First();
        layer.WeightPosterior.Should().BeOfType<LowRankNormal>().Which.Factor.Should().BeSameAs(layer.get_parameter("weight_factor"));
    }
}

public sealed class LowRankLinearTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianLinear(4, 3, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);
}

public sealed class LowRankConv1dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv1d(2, 4, 3, padding: 1, groups: 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 5);
}

public sealed class LowRankConv2dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianConv2d(2, 3, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 4, 3);
}

public sealed class LowRankConv3dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianConv3d(1, 2, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 1, 3, 3, 3);
}

public sealed class LowRankConvTranspose1dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose1d(2, 3, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 4);
}

public sealed class LowRankConvTranspose2dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose2d(2, 3, 2, stride: 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 3, 3);
}

public sealed class LowRankConvTranspose3dTests : LowRankLayerLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose3d(1, 2, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 1, 2, 3, 2);
}

public sealed class LowRankEmbeddingTests : LowRankLayerLaws
{
    protected override IEnumerable<string> Keys => KeysOf("weight");

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianEmbedding(6, 3, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => arange(batch * 2, int64).remainder(6).reshape(batch, 2);

    protected override Tensor As(Tensor input, ScalarType dtype) => input;
}

public sealed class LowRankLSTMTests : LowRankLayerLaws
{
    protected override IEnumerable<string> Keys => KeysOf(
        "input_hidden_0.weight", "input_hidden_0.bias", "hidden_hidden_0.weight", "hidden_hidden_0.bias");

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianLSTM(3, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 3);
}

public sealed class LowRankAttentionTests : LowRankLayerLaws
{
    protected override IEnumerable<string> Keys => KeysOf(
        "q_proj.weight", "q_proj.bias", "k_proj.weight", "k_proj.bias", "v_proj.weight", "v_proj.bias", "out_proj.weight", "out_proj.bias");

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianMultiheadAttention(4, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 3, 4);
}

public sealed class LowRankGRUTests : LowRankLayerLaws
{
    protected override IEnumerable<string> Keys => KeysOf(
        "input_hidden_0.weight", "input_hidden_0.bias", "hidden_hidden_0.weight", "hidden_hidden_0.bias");

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianGRU(3, 2, initializer: Start, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 3);
}
