using Bayes.Layers.Conversion;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Networks;

/// <summary>The laws of modules, for networks whose parameters are put into them.</summary>
public abstract class WeightSpaceLaws : ModuleLaws
{
    protected override bool HasLayers => false;

    protected override bool NeedsDrawnWeights => true;

    protected static BayesianModule Bayesian(nn.Module<Tensor, Tensor> network) => network.ToBayesian(new BayesianConversion
    {
        Form = ConversionForm.WeightSpace, Initializer = new FanInInitializer(stddevRatio: 0.5),
    });

    protected static IEnumerable<string> KeysOf(string plain, string random) =>
        plain.Split(' ').Select(name => "network." + name).Concat(random.Split(' ').Select(name => $"posterior.{name}_log_var"));
}

/// <summary>A network whose parameters TorchSharp's managed code reads, so that gradients reach drawn weights.</summary>
public sealed class ResidualNetworkTests : WeightSpaceLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Bayesian(new ResidualNetwork(4, 3, dtype));

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => KeysOf(
        "scale first.weight first.bias norm.weight norm.bias block.weight block.bias last.weight last.bias",
        "scale first.weight first.bias block.weight block.bias last.weight last.bias");
}

/// <summary>Networks whose parameters native code reads: gradients reach them in training steps alone.</summary>
public abstract class NativeNetworkLaws : WeightSpaceLaws, IDisposable
{
    private readonly IDisposable _noGrad = no_grad();

    protected override bool CarriesGradient => false;

    void IDisposable.Dispose()
    {
        _noGrad.Dispose();
        Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class SequenceNetworkTests : NativeNetworkLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Bayesian(new SequenceNetwork(3, dtype));

    protected override Tensor Input(long batch) => Normal(batch, 5);

    protected override IEnumerable<string> Keys
    {
        get
        {
            const string All = "lstm.weight_ih_l0 lstm.weight_hh_l0 lstm.bias_ih_l0 lstm.bias_hh_l0 last.weight last.bias";
            return KeysOf(All, All);
        }
    }
}

public sealed class WordNetworkTests : NativeNetworkLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Bayesian(new WordNetwork(3, dtype));

    protected override Tensor Input(long batch) => randint(0, WordNetwork.Words, [batch, 5], int64);

    protected override Tensor As(Tensor input, ScalarType dtype) => input.alias();

    protected override IEnumerable<string> Keys
    {
        get
        {
            const string Layer = "encoder.layers.0.", Random = "words.weight "
                + $"{Layer}self_attn.in_proj_weight {Layer}self_attn.in_proj_bias {Layer}self_attn.out_proj.weight "
                + $"{Layer}self_attn.out_proj.bias {Layer}linear1.weight {Layer}linear1.bias {Layer}linear2.weight {Layer}linear2.bias ";
            return KeysOf(
                Random + $"{Layer}norm1.weight {Layer}norm1.bias {Layer}norm2.weight {Layer}norm2.bias last.weight last.bias",
                Random + "last.weight last.bias");
        }
    }
}

/// <summary>The draws of an own network are functions.</summary>
public abstract class NetworkFunctionLaws : FunctionDistributionLaws
{
    protected abstract nn.Module<Tensor, Tensor> Network();

    protected override double Rounding => 1e-10;

    protected override Tensor Input => Normal(37, 3);

    protected override FunctionDistribution Create() => FunctionDistribution.Of(
        Network().ToBayesian(new BayesianConversion
        {
            Initializer = new FanInInitializer(stddevRatio: 0.5), Copy = HasCopies ? Network : null,
        }));

    /// <summary>Whether each thread of a prediction gets an instance of the network.</summary>
    protected virtual bool HasCopies => false;
}

public sealed class CopiedResidualNetworkFunctionsTests : NetworkFunctionLaws
{
    protected override bool HasCopies => true;

    protected override nn.Module<Tensor, Tensor> Network() => new ResidualNetwork(3, 1, ScalarType.Float64);
}

public sealed class CopiedSequenceNetworkFunctionsTests : NetworkFunctionLaws
{
    protected override bool HasCopies => true;

    protected override nn.Module<Tensor, Tensor> Network() => new SequenceNetwork(1, ScalarType.Float64);
}

public sealed class ResidualNetworkFunctionsTests : NetworkFunctionLaws
{
    protected override nn.Module<Tensor, Tensor> Network() => new ResidualNetwork(3, 1, ScalarType.Float64);
}

public sealed class SequenceNetworkFunctionsTests : NetworkFunctionLaws
{
    protected override nn.Module<Tensor, Tensor> Network() => new SequenceNetwork(1, ScalarType.Float64);
}

public sealed class WordNetworkFunctionsTests : NetworkFunctionLaws
{
    protected override nn.Module<Tensor, Tensor> Network() => new WordNetwork(1, ScalarType.Float64);
}
