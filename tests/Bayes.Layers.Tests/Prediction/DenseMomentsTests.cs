using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Prediction;

/// <summary>Predictions without sampling of fully connected networks in managed code, compared with those of the modules.</summary>
public sealed class DenseMomentsTests : TorchTest
{
    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> Functions = new()
    {
        ["ReLU"] = () => ReLU(), ["LeakyReLU"] = () => LeakyReLU(0.1), ["Tanh"] = () => Tanh(), ["Sigmoid"] = () => Sigmoid(),
        ["GELU"] = () => GELU(), ["SiLU"] = () => SiLU(), ["Mish"] = () => Mish(), ["Softplus"] = () => Softplus(), ["ELU"] = () => ELU(),
        ["Softsign"] = () => Softsign(), ["LogSigmoid"] = () => LogSigmoid(),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void They_are_those_of_the_modules(string name)
    {
        using var model = ModelOf(Functions[name]);
        foreach (long rows in new[] { 4, 17, 300 })
        {
            var input = randn(rows, 5);
            using var prediction = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input);
            var moments = MomentPropagation.Propagate(model, input);
            ShouldBeClose(prediction.OutputMean, moments.Mean, name is "ELU" or "Softsign" ? 1e-3 : 2e-5);
            ShouldBeClose(
                prediction.OutputVariance / moments.Variance!, ones(rows, 3), name is "ELU" or "Softsign" ? 1e-3 : 1e-4);
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_those_beside_it()
    {
        using var model = ModelOf(() => Tanh());
        var input = randn(300, 5);
        using var whole = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input);
        input[7, 2] = float.NaN;
        using var broken = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input);
        using var part = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input.narrow(0, 250, 20));
        Values(broken.OutputVariance[7]).Should().OnlyContain(value => double.IsNaN(value));
        foreach (int row in new[] { 0, 6, 8, 299 })
            ShouldBeClose(broken.OutputVariance[row], whole.OutputVariance[row], 0);
        ShouldBeClose(part.OutputVariance, whole.OutputVariance.narrow(0, 250, 20), 0);
        ShouldBeClose(part.OutputMean, whole.OutputMean.narrow(0, 250, 20), 0);
    }

    [Fact]
    public void Threads_do_not_change_bits()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(64, 256), ReLU(), new BayesianLinear(256, 256), ReLU(), new BayesianLinear(256, 2));
        var input = randn(700, 64);
        using var several = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input);
        int threads = get_num_threads();
        try
        {
            set_num_threads(1);
            using var one = MomentPropagation.Predict(model, new GaussianLikelihood(0.5), input);
            ShouldBeClose(one.OutputVariance, several.OutputVariance, 0);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Layers_that_share_weights_are_refused()
    {
        var shared = new BayesianLinear(4, 4);
        using var model = new BayesianSequential(("a", shared), ("b", ReLU()), ("c", shared));
        model.Invoking(each => MomentPropagation.Predict(each, new GaussianLikelihood(1), randn(8, 4))).Should().Throw<NotSupportedException>();
    }

    // With a plain layer inside, a layer without bias, and a nested sequence.
    private static BayesianSequential ModelOf(Func<Module<Tensor, Tensor>> function)
    {
        var model = new BayesianSequential(
            new BayesianLinear(5, 24), function(), new BayesianSequential(new BayesianLinear(24, 12, hasBias: false), function()), Linear(12, 7),
            function(), new BayesianLinear(7, 3));
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("log_var"))
                parameter.add_(2);
        return model;
    }
}
