using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>What has no counterpart in a graph is refused in one sentence, with its path.</summary>
public sealed class OnnxRefusalsTests : OnnxTest
{
    private static readonly GaussianLikelihood Likelihood = new(0.1);

    [Fact]
    public void A_module_with_a_forward_of_its_own() => Refused(
        nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh(), new OnnxFileTests.Own())),
        "'1.1' is a Own, whose forward of its own cannot be read without running it; expected a sequence of modules that the export knows.");

    [Fact]
    public void A_model_with_a_forward_of_its_own() => Refused(
        new OwnModel(),
        "The model is a OwnModel, whose forward of its own cannot be read without running it; expected a sequence of modules that the export knows.");

    [Fact]
    public void A_network_in_weight_space_with_a_forward_of_its_own() => Refused(
        new Networks.ResidualNetwork(5, 3).ToBayesian(),
        "'network' is a ResidualNetwork, whose forward of its own cannot be read without running it; expected a sequence of modules that the export "
        + "knows.");

    [Fact]
    public void A_module_of_TorchSharp_without_a_counterpart() => Refused(
        nn.Sequential(nn.Conv2d(1, 1, 2), nn.Unfold(2)),
        "'1' is a Unfold, which has no counterpart in the exported graph; expected a module that the export knows.");

    [Fact]
    public void An_activation_that_TorchSharp_computes_wrongly() => Refused(
        nn.Sequential(nn.Linear(2, 2), nn.Hardtanh(-1, 1)),
        "'1' is a Hardtanh, which this version of TorchSharp computes as the identity, without its bounds; expected ReLU6, Tanh or another "
        + "activation.");

    [Fact]
    public void A_normalization_by_the_batch() => Refused(
        nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, track_running_stats: false)),
        "'1' is a BatchNorm1d, which keeps no running statistics, so a row's output depends on the rows beside it; expected one that tracks them.");

    [Fact]
    public void A_pooling_whose_windows_reach_beyond_the_end_with_a_divisor() => Refused(
        nn.Sequential(nn.Conv2d(1, 1, 2), nn.AvgPool2d(2, ceil_mode: true, divisor_override: 3)),
        "'1' is a AvgPool2d, with ceil_mode and divisor_override; expected only one of the two.");

    [Fact]
    public void A_softmax_along_the_batch() => Refused(
        nn.Sequential(nn.Linear(2, 3), nn.Softmax(0)),
        "'1' is a Softmax, which works along axis 0 of 2; expected an axis behind the batch.");

    [Fact]
    public void Units_whose_number_is_not_known() => Refused(
        new BayesianSequential(new BayesianConv1d(1, 2, 3), new MonteCarloDropout(0.5)),
        "'1' is a MonteCarloDropout, and its input has shape [100, ?, 2, ?], so the number of units that it drops is not known; expected "
        + "OnnxExportOptions.InputShape with all sizes.");

    [Fact]
    public void Functions_that_are_not_those_of_weights()
    {
        var linearised = nn.Sequential(nn.Linear(2, 1)).ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace }).Linearised();
        FluentActions.Invoking(() => OnnxExport.Save(linearised, null, FilePath())).Should().Throw<NotSupportedException>()
            .WithMessage("The functions of * are not those of one network with drawn weights; expected a model or an ensemble of models.");
    }

    [Fact]
    public void A_likelihood_of_the_users_own() => FluentActions.Invoking(() => OnnxExport.Save(
        new BayesianLinear(2, 1), new OwnLikelihood(), FilePath())).Should().Throw<NotSupportedException>().WithMessage(
        "The likelihood is a OwnLikelihood, which has no counterpart in the exported graph; expected one of BernoulliLikelihood, *");

    [Fact]
    public void A_likelihood_that_the_last_module_does_not_fit() => Wrong(
        new BayesianSequential(new BayesianLinear(2, 3), nn.Softmax(-1)), new CategoricalLikelihood(), new OnnxExportOptions(),
        "The model ends in Softmax, and CategoricalLikelihood takes logits and applies the softmax itself; leave the module out.*");

    [Fact]
    public void Weights_that_are_not_finite()
    {
        var layer = new BayesianLinear(2, 1);
        using (no_grad())
            layer.bias_mu!.fill_(float.NaN);
        Wrong(new BayesianSequential(layer), Likelihood, new OnnxExportOptions(),
            "'0.bias' has a number that is NaN or infinite; expected finite weights.*");
    }

    [Fact]
    public void An_input_shape_that_is_not_known_or_does_not_fit()
    {
        Wrong(new BayesianSequential(nn.Flatten(), new BayesianLinear(4, 1)), null, new OnnxExportOptions(),
            "The BayesianSequential takes inputs of several shapes; expected OnnxExportOptions.InputShape, that of one row without the batch.*");
        Wrong(new BayesianSequential(nn.Flatten(), new BayesianLinear(4, 1)), null, new OnnxExportOptions { InputShape = [3] },
            "'1' is a BayesianLinear and gets an input of shape [?, 3]; expected [?, 4], the batch first, or more axes.*");
        Wrong(new BayesianSequential(new BayesianConv2d(2, 4, 3)), null, new OnnxExportOptions { InputShape = [3, 8, 8] },
            "'0' is a BayesianConv2d and gets an input of shape [?, 3, 8, 8]; expected [?, 2, ?, ?], the batch first.*");
        Wrong(new BayesianLinear(2, 1), null, new OnnxExportOptions { InputShape = [0] },
            "InputShape is [0]; expected sizes of at least 1, or -1 for any, without the batch.*");
    }

    [Fact]
    public void Options_outside_their_range()
    {
        var model = new BayesianLinear(2, 1);
        Wrong(model, Likelihood, new OnnxExportOptions { Draws = 0 }, "Draws is 0; expected at least 1.*");
        Wrong(model, Likelihood, new OnnxExportOptions { QuantileLevels = [0.5, 1] }, "QuantileLevels has 1; expected numbers above 0 and below 1.*");
        Wrong(model, Likelihood, new OnnxExportOptions { QuantileLevels = [double.NaN] }, "QuantileLevels has NaN; *");
        Wrong(model, Likelihood, new OnnxExportOptions { Product = (OnnxProduct)7 }, "Product is 7; expected Draws, Mean or ClosedForm.*");
        Wrong(model, Likelihood, new OnnxExportOptions { Outputs = ["mean", "median"] },
            "Outputs has 'median'; expected names among mean, epistemic_variance, aleatoric_variance, total_variance, quantiles_of_mean, "
            + "quantiles_of_target, output.*");
        Wrong(model, Likelihood, new OnnxExportOptions { Outputs = [] }, "Outputs has 0 names: *");
        Wrong(model, Likelihood, new OnnxExportOptions { FirstDraw = -1 }, "*-1*");
        Wrong(model, Likelihood, new OnnxExportOptions { InputName = "mean" },
            "InputName is 'mean', which is the name of an output; expected another.*");
    }

    private void Refused(nn.Module<Tensor, Tensor> model, string message)
    {
        FluentActions.Invoking(() => OnnxExport.Save(model, null, FilePath())).Should().Throw<NotSupportedException>()
            .Which.Message.Should().Be(message);
        Files.Should().BeEmpty();
        model.Dispose();
    }

    private void Wrong(nn.Module<Tensor, Tensor> model, Likelihood? likelihood, OnnxExportOptions options, string message)
    {
        FluentActions.Invoking(() => OnnxExport.Save(model, likelihood, FilePath(), options)).Should().Throw<ArgumentException>()
            .WithMessage(message);
        Files.Should().BeEmpty();
    }

    private sealed class OwnModel() : BayesianModule(nameof(OwnModel))
    {
        public override Tensor Propagate(Tensor input, Pass pass) => input.alias();
    }

    private sealed class OwnLikelihood : Likelihood
    {
        public override Tensor LogProbability(Tensor output, Tensor target) => output;

        public override Tensor Mean(Tensor output) => output.alias();

        public override Tensor Variance(Tensor output) => output.square();

        public override string ToString() => nameof(OwnLikelihood);
    }
}
