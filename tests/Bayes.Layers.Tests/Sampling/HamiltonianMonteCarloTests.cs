using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Sampling;
using Bayes.Layers.Tests.Golden;
using static Bayes.Layers.Tests.Sampling.SamplingData;

namespace Bayes.Layers.Tests.Sampling;

/// <summary>Hamiltonian Monte Carlo follows the golden trajectory, reaches an exact posterior, and repeats to the bit.</summary>
public sealed class HamiltonianMonteCarloTests : TorchTest
{
    private static readonly string[] Golden = ["inference", "hmc"];

    private static double[] GoldenValues(string key) => Values(GoldenData.Tensor([.. Golden, key]));

    private static HamiltonianOptions Few => new() { Chains = 2, WarmUp = 40, Draws = 40, MaximumSteps = 32 };

    private static Tensor Drawn(SampledPosterior posterior, string name) => posterior.Model.state_dict()[$"posterior.{name}_draws"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trajectory_is_that_of_the_golden_file(bool isDense)
    {
        Func<nn.Module, Tensor, Tensor, Likelihood, HamiltonianOptions?, LogPosterior> make = isDense ? Dense : ByAutograd;
        using var density = make(LinearNetwork(), Of("input"), Of("target"), Noise, null);
        double[] weights = GoldenValues("start"), momentum = GoldenValues("momentum"), gradient = new double[3], unit = [1, 1, 1];
        double start = -density.Differentiate(weights, gradient) + Leapfrog.KineticEnergy(momentum, unit);
        double value = Leapfrog.Run(
            density, weights, momentum, gradient, unit, GoldenData.Number([.. Golden, "step"]), (int)GoldenData.Number([.. Golden, "steps"]));
        ShouldBeClose(tensor(weights), tensor(GoldenValues("end")), 1e-8);
        ShouldBeClose(tensor(momentum), tensor(GoldenValues("end_momentum")), 1e-8);
        start.Should().BeApproximately(GoldenData.Number([.. Golden, "energy_start"]), 1e-8);
        (Leapfrog.KineticEnergy(momentum, unit) - value).Should().BeApproximately(GoldenData.Number([.. Golden, "energy_end"]), 1e-8);
    }

    /// <summary>The law of every sampler: the exact posterior of a linear model with correlated inputs, within the Monte Carlo error.</summary>
    [Theory]
    [InlineData("managed", true)]
    [InlineData("managed", false)]
    [InlineData("autograd", true)]
    [InlineData("copies", true)]
    public void It_reaches_the_exact_posterior(string path, bool adaptsScales)
    {
        nn.Module network = path == "managed" ? LinearNetwork() : new OwnLinear(3, 1, hasBias: false);
        var options = new HamiltonianOptions
        {
            AdaptsScales = adaptsScales, WarmUp = path == "managed" ? 300 : 100, Draws = path == "managed" ? 2000 : 300, MaximumDraws = 2000,
            TrajectoryLength = adaptsScales ? Math.PI / 2 : 0.5, Copy = path == "copies" ? () => new OwnLinear(3, 1, hasBias: false) : null,
        };
        using var posterior = HamiltonianMonteCarlo.Sample(network, Of("input"), Of("target"), Noise, options);
        var diagnostics = posterior.Diagnostics!;
        diagnostics.OutputRHat.Should().BeLessThan(path == "managed" ? 1.01 : 1.05);
        diagnostics.WeightRHat.Should().BeLessThan(path == "managed" ? 1.01 : 1.05);
        diagnostics.Divergences.Should().Be(0);
        diagnostics.Chains.Should().OnlyContain(chain => chain.Acceptance > 0.6 && chain.EnergyFraction > 0.5);
        var draws = Drawn(posterior, path == "managed" ? "0.weight" : "layer.weight").flatten(1);
        Tensor mean = Of("posterior_mean").flatten(), covariance = Of("posterior_covariance"), stddev = covariance.diagonal().sqrt();
        double size = Math.Min(diagnostics.OutputEffectiveSampleSize, draws.shape[0]);
        size.Should().BeGreaterThan(draws.shape[0] / 10.0);
        Values(draws.mean([0L]).sub(mean).div(stddev).abs()).Max().Should().BeLessThan(5 / Math.Sqrt(size));
        var centred = draws.sub(mean);
        var error = centred.T.mm(centred).div(draws.shape[0]).sub(covariance).div(stddev.unsqueeze(0) * stddev.unsqueeze(1));
        Values(error.abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2 / size));
        ShouldBeClose(posterior.Model.state_dict()[path == "managed" ? "network.0.weight" : "network.layer.weight"].flatten(),
            draws.mean([0L]), 1e-12);
    }

    [Fact]
    public void A_cold_posterior_is_narrower()
    {
        Tensor Variances(double temperature)
        {
            using var posterior = HamiltonianMonteCarlo.Sample(
                LinearNetwork(), Of("input"), Of("target"), Noise, new() { Temperature = temperature, WarmUp = 100, Draws = 500 });
            return Drawn(posterior, "0.weight").var(0).clone();
        }
        ShouldBeClose(Variances(0.25).div(Variances(1)), full([1, 3], 0.25, float64), 0.08);
    }

    [Fact]
    public void Draws_repeat_to_the_bit_on_any_number_of_threads()
    {
        Tensor Draws(HamiltonianOptions options)
        {
            var (network, inputs, targets) = Sine();
            using var posterior = HamiltonianMonteCarlo.Sample(network, inputs, targets, new GaussianLikelihood(0.1), options);
            return Drawn(posterior, "0.weight").clone();
        }
        var options = Few with { Chains = 3, Seed = 5 };
        var one = Draws(options with { Threads = 1 });
        ShouldBeClose(Draws(options with { Threads = 3 }), one, 0);
        ShouldBeClose(Draws(options), one, 0);
        ShouldDiffer(Draws(options with { Seed = 6 }), one);
        // A chain does not depend on the number of chains.
        ShouldBeClose(
            Draws(options with { Chains = 1 }), one.index_select(0, arange(0, one.shape[0], 3, int64)), 0);
    }

    [Fact]
    public void A_prediction_uses_each_draw_and_repeats_a_caution()
    {
        var (network, inputs, targets) = Sine();
        var options = Few with { WarmUp = 0, Draws = 8, StepSize = 1e-5 };
        using var posterior = HamiltonianMonteCarlo.Sample(network, inputs, targets, new GaussianLikelihood(0.1), options);
        posterior.DrawCount.Should().Be(16);
        posterior.Diagnostics!.ToString().Should().Contain("2 chains of 8 kept draws").And.Contain("The chains have not mixed");
        string caution = posterior.Model.Caution!;
        caution.Should().Match("The chains have not mixed: R-hat is * of output * of 16 at the diagnostic rows; expected at most 1.05, *");
        using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(posterior.Model), new GaussianLikelihood(0.1));
        using var prediction = predictor.Predict(inputs);
        prediction.SamplesUsed.Should().Be(16);
        prediction.Caution.Should().Be(caution);
        using var stream = new MemoryStream();
        Checkpoint.Save(posterior.Model, stream);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream).Model;
        FunctionDistribution.Of(loaded).Caution.Should().Be(caution);
    }

    [Fact]
    public void Draws_are_thinned_and_bounded()
    {
        var (network, inputs, targets) = Sine();
        using var thinned = HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { Thinning = 4 });
        thinned.DrawCount.Should().Be(2 * 10);
        (network, inputs, targets) = Sine();
        using var bounded = HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { MaximumDraws = 15 });
        bounded.Diagnostics!.DrawsPerChain.Should().Be(10);
    }

    /// <summary>A row of an embedding that stands for padding stays 0 in every draw, and a frozen parameter stays as it is.</summary>
    [Fact]
    public void What_is_fixed_stays()
    {
        var embedding = nn.Embedding(5, 2, padding_idx: 3);
        var head = nn.Linear(2, 1);
        head.bias!.requires_grad = false;
        var network = nn.Sequential(embedding, head);
        Tensor inputs = arange(10, int64).remainder(5), targets = randn(10, 1), bias = head.bias.clone();
        using var posterior = HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { WarmUp = 30, Draws = 8 });
        var draws = Drawn(posterior, "0.weight");
        ShouldBeClose(draws.select(1, 3), zeros(16, 2), 0);
        Values(draws.std(0).select(0, 0)).Should().OnlyContain(each => each > 0);
        posterior.Model.RandomParameters.Should().Equal("0.weight", "1.weight");
        ShouldBeClose(posterior.Model.state_dict()["network.1.bias"], bias, 0);
    }

    [Fact]
    public void Normalizations_are_sampled_with_their_statistics_fixed()
    {
        var norm = nn.BatchNorm1d(3);
        var network = nn.Sequential(nn.Linear(2, 3), norm, nn.Tanh(), nn.Linear(3, 1));
        using var posterior = HamiltonianMonteCarlo.Sample(network, randn(20, 2), randn(20, 1), Noise, Few with { WarmUp = 20, Draws = 8 });
        posterior.Model.RandomParameters.Should().Contain(["1.weight", "1.bias"]);
        ShouldBeClose(norm.running_mean!, zeros(3), 0);
        network.training.Should().BeTrue();
    }

    [Fact]
    public void A_cancelled_or_failed_sampling_leaves_the_network_and_no_tensors()
    {
        var (network, inputs, targets) = Sine();
        Tensor[] before = [.. network.parameters().Select(each => each.detach().clone())];
        long live = LiveTensors();
        using var source = new CancellationTokenSource();
        var progress = new Told<SamplerProgress>(_ => source.Cancel());
        foreach (int threads in new[] { 1, 2 })
            FluentActions.Invoking(() => HamiltonianMonteCarlo.Sample(
                network, inputs, targets, Noise, Few with { Threads = threads }, progress, source.Token))
                .Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { StartSpread = 1e200 }))
            .Should().Throw<SamplingDivergedException>().WithMessage("Chain * starts where the log posterior is *; expected finite numbers: *");
        LiveTensors().Should().Be(live);
        foreach (var (parameter, kept) in network.parameters().Zip(before))
            ShouldBeClose(parameter, kept, 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_left_behind(bool isDense)
    {
        Tensor inputs = Of("input"), targets = Of("target");
        Sample();
        long before = LiveTensors();
        Sample();
        LiveTensors().Should().Be(before);

        void Sample()
        {
            using var scope = NewDisposeScope();
            nn.Module network = isDense ? LinearNetwork() : new OwnLinear(3, 1, hasBias: false);
            using var posterior = HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { WarmUp = 20, Draws = 8 });
        }
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        var (network, inputs, targets) = Sine();
        Refused(() => HamiltonianMonteCarlo.Sample(network, inputs.index_fill(0, tensor(4L), double.NaN), targets, Noise))
            .WithMessage("The data cannot be sampled with: row 4 of the input is not finite; expected finite numbers.*");
        Refused(() => HamiltonianMonteCarlo.Sample(network, inputs, targets.narrow(0, 0, 7), Noise)).WithMessage("The target has shape [7, 1]*");
        Refused(() => new HamiltonianOptions { StepSize = 0 }).WithMessage("StepSize is 0; expected a finite number above 0.*");
        Refused(() => new HamiltonianOptions { Draws = 0 }).WithMessage("Draws is 0; *");
        Refused(() => HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { Thinning = 50 }))
            .WithMessage("Thinning is 50 and Draws 40, so no draw would be kept; expected Draws of at least Thinning.*");
        Refused(() => HamiltonianMonteCarlo.Sample(network, inputs, targets, Noise, Few with { Prior = new LearnedScalePrior() }))
            .WithMessage("The prior of '0.weight', *, learns its scale, and a sampler needs a fixed prior; *");
        Refused(() => HamiltonianMonteCarlo.Sample(nn.Tanh(), inputs, targets, Noise))
            .WithMessage("The Tanh has no parameter that requires a gradient; expected at least one to sample.*");
        Refused(() => HamiltonianMonteCarlo.Sample(new BayesianLinear(1, 1), inputs, targets, Noise)).WithMessage("*expected a plain network*");
        Refused(() => HamiltonianMonteCarlo.Sample(nn.Linear(1, 1, dtype: ScalarType.BFloat16), inputs, targets, Noise))
            .WithMessage("The parameters are of type BFloat16; expected Float32 or Float64, *");
        Refused(() => HamiltonianMonteCarlo.Sample(
            nn.Linear(1000, 200), randn(4, 1000), randn(4, 200), Noise, Few with { Budget = MemoryBudget.FromMebibytes(1) }))
            .WithMessage("A draw takes 1601600 bytes, and 2 of them do not fit into the budget of 1048576; expected a larger Budget.*");
        var frozen = HamiltonianMonteCarlo.Sample(
            network, inputs, targets, GaussianLikelihood.Learned(0.2), Few with { WarmUp = 20, Draws = 4, Prior = new LaplacePrior(0, 1) });
        frozen.Dispose();

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Func<object> act) =>
            act.Should().Throw<ArgumentException>();
    }
}
