using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>Noise with a learned size: it is optimized, kept in its range, moved, saved, and fixed in predictions.</summary>
public sealed class LearnedNoiseTests : TorchTest
{
    private const string Key = "likelihood.log_stddev";

    [Fact]
    public void Training_finds_the_root_mean_square_of_the_residuals()
    {
        Tensor outputs = Normal(30, 2), targets = outputs + Normal(30, 2) * tensor(new[] { 0.02, 7 });
        var residuals = targets - outputs;
        double[] alone = Values(residuals.square().mean([0L]).sqrt());
        Descend(GaussianLikelihood.Learned(dtype: float64), outputs, targets).Stddev
            .Should().BeApproximately(residuals.square().mean().sqrt().ToDouble(), 1e-9);
        var each = Descend(GaussianLikelihood.Learned(outputs: 2, dtype: float64), outputs, targets).Stddevs;
        for (int i = 0; i < 2; i++)
            each[i].Should().BeApproximately(alone[i], 1e-9 * alone[i]);
    }

    /// <summary>The best noise for residuals of 0 is 0, where the density is infinite; large residuals call for more than the maximum.</summary>
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1e6, 10)]
    public void A_scale_at_the_end_of_its_range_stays_there_and_can_return(double residual, double end)
    {
        var likelihood = GaussianLikelihood.Learned(1, minStddev: 0.1, maxStddev: 10, dtype: float64);
        var outputs = zeros(5, 1, dtype: float64);
        Descend(likelihood, outputs, full([5, 1], residual, float64));
        likelihood.Stddev.Should().BeInRange(0.1, 10).And.BeApproximately(end, 0.1 * end);
        Descend(likelihood, outputs, full([5, 1], 2.0, float64)).Stddev.Should().BeApproximately(2, 1e-3);
    }

    [Theory]
    [InlineData(1, 1.0, null, "*initialStddev is 1; expected a number above minStddev, 1, and below maxStddev, 10000*")]
    [InlineData(1, null, 0.5, "*initialStddev is 1; expected a number above minStddev, 0.0001, and below maxStddev, 0.5*")]
    [InlineData(1, -1.0, null, "*minStddev is -1; expected a finite number above 0*")]
    [InlineData(1, null, double.NaN, "*maxStddev is NaN; expected a finite number above 0*")]
    [InlineData(0, null, null, "*outputs is 0; expected a whole number of at least 1*")]
    public void An_invalid_range_is_refused(long outputs, double? minimum, double? maximum, string message)
    {
        var act = () => GaussianLikelihood.Learned(1, outputs, minimum, maximum);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Noise_is_saved_loaded_and_moved_with_the_loss()
    {
        using ElboLoss loss = ElboLoss.Gaussian(10, initialStddev: 0.3), loaded = ElboLoss.Gaussian(10);
        loss.state_dict().Keys.Should().Equal(Key);
        ElboLoss.Bernoulli(10).state_dict().Should().BeEmpty();
        using var file = new MemoryStream();
        using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
            loss.save(writer);
        file.Position = 0;
        using (var reader = new BinaryReader(file))
            loaded.load(reader);
        Stddev(loaded).Should().Be(Stddev(loss)).And.BeApproximately(0.3, 1e-7);

        loss.to(float64);
        loss.state_dict()[Key].dtype.Should().Be(ScalarType.Float64);
        Tensor outputs = Normal(4, 1), targets = Normal(4, 1);
        ShouldBeClose(
            loss.forward(outputs, targets, zeros([], float64)),
            new ElboLoss(new GaussianLikelihood(Stddev(loss)), 10).forward(outputs, targets, zeros([], float64)), 1e-12);
        loss.forward(outputs, targets, zeros([], float64)).backward();
        loss.parameters().Single().grad!.abs().sum().ToDouble().Should().BePositive("the moved parameter is the one that is used");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_optimizes_the_noise_with_the_weights(bool isLocal)
    {
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var loss = ElboLoss.Gaussian(20, dtype: float64);
        var input = Normal(20, 2);
        var target = input.sum([1L], keepdim: true) + Normal(20, 1) * 0.05;
        using (var step =
            new VariationalStep(model, loss, p => optim.Adam(p, lr: 0.05), isLocal ? new LocalReparameterization() : new Reparameterization()))
        {
            step.IsFast.Should().BeTrue();
            for (int i = 0; i < 250; i++)
                step.Run(input, target).Dispose();
        }
        Stddev(loss).Should().BeLessThan(0.4, "most of the target is explained");
    }

    [Fact]
    public void A_prediction_keeps_the_noise_it_was_made_with()
    {
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var loss = ElboLoss.Gaussian(20, initialStddev: 0.5, dtype: float64);
        Tensor input = Normal(6, 2), target = Normal(6, 1);
        var predictor = new MonteCarloPredictive(model, loss.Likelihood, samples: 4, seed: 3);
        using Predictive before = predictor.Predict(input, target, keepSamples: true), rest = predictor.Predict(input, target, firstDraw: 4);
        var said = before.QuantilesOfTarget([0.1, 0.9]);
        var variance = before.AleatoricVariance.clone();

        Descend((GaussianLikelihood)loss.Likelihood, zeros(1, 1, dtype: float64), full([1, 1], 3.0, float64));
        ShouldBeClose(before.QuantilesOfTarget([0.1, 0.9]), said, 0);
        ShouldBeClose(before.AleatoricVariance, variance, 0);
        using (var both = Predictive.Merge(before, rest))
            ShouldBeClose(both.AleatoricVariance, full_like(variance, 0.25), 1e-14);
        using var after = predictor.Predict(input, target, firstDraw: 8);
        ShouldBeClose(after.AleatoricVariance, full_like(variance, 9), 1e-6);
        var act = () => Predictive.Merge(before, after);
        act.Should().Throw<ArgumentException>("their noise is not the same").WithMessage("*likelihood*");
    }

    [Fact]
    public void A_prediction_from_given_samples_keeps_its_noise_too()
    {
        var likelihood = GaussianLikelihood.Learned(0.5, dtype: float64);
        Tensor outputs = Normal(4, 6, 1), target = Normal(6, 1);
        using var prediction = Predictive.OfSamples(outputs, likelihood, target);
        Tensor density = prediction.LogPredictiveDensityOf(target), upper = prediction.PredictionInterval().Upper;
        Descend(likelihood, zeros(1, 1, dtype: float64), full([1, 1], 3.0, float64));
        ShouldBeClose(prediction.LogPredictiveDensityOf(target), density, 0);
        ShouldBeClose(prediction.PredictionInterval().Upper, upper, 0);
    }

    [Fact]
    public void A_predictor_shares_the_noise_with_the_loss_and_frees_it_once()
    {
        var input = Normal(3, 2);
        long before = LiveTensors();
        using (var model = new BayesianLinear(2, 1))
        using (var loss = ElboLoss.Gaussian(20, initialStddev: 0.5))
        using (var predictor = new MonteCarloPredictive(model, loss.Likelihood, samples: 4, seed: 3))
        {
            predictor.state_dict().Keys.Should().Contain(Key).And.HaveCount(5);
            predictor.to(float64);
            loss.parameters().Single().dtype.Should().Be(ScalarType.Float64, "it is one parameter");
            using var prediction = predictor.forward(input);
            prediction.AleatoricVariance.data<double>().Should().OnlyContain(variance => Math.Abs(variance - 0.25) < 1e-7);
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Noise_and_network_may_have_different_types()
    {
        using var loss = ElboLoss.Gaussian(50, dtype: float32);
        using var value = loss.forward(Normal(3, 8, 1), Normal(8, 1), zeros([], float64));
        value.dtype.Should().Be(ScalarType.Float64);
        value.backward();
        loss.parameters().Single().grad!.dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void The_fast_step_gives_the_noise_the_gradient_of_the_plain_one()
    {
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using ElboLoss loss = ElboLoss.Gaussian(8, dtype: float64), plain = ElboLoss.Gaussian(8, dtype: float64);
        Tensor input = Normal(8, 2), target = Normal(8, 1);
        random.manual_seed(5);
        plain.forward(model.Sample(input, 1), target, model.KlDivergence()).backward();
        random.manual_seed(5);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, learningRate: 0));
        step.Run(input, target).Dispose();
        ShouldBeClose(loss.parameters().Single().grad!, plain.parameters().Single().grad!, 1e-13);
    }

    [Fact]
    public void Moving_the_loss_after_a_step_was_made_is_refused()
    {
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var loss = ElboLoss.Gaussian(8, dtype: float32);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, learningRate: 0.1));
        loss.to(float64);
        step.Invoking(s => s.Run(Normal(8, 2), Normal(8, 1)))
            .Should().Throw<InvalidOperationException>().WithMessage("*replaced after this step was made*");
    }

    [Fact]
    public void A_NaN_target_is_refused_before_it_reaches_the_model()
    {
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var loss = ElboLoss.Gaussian(8, dtype: float64);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, lr: 0.01));
        var before = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var broken = Normal(8, 1);
        broken[3] = double.NaN;
        step.Invoking(s => s.Run(Normal(8, 2), broken))
            .Should().Throw<ArgumentException>().WithMessage("target has the value NaN; expected finite numbers.*");
        foreach (var (key, value) in model.state_dict())
            ShouldBeClose(value, before[key], 0, key);
        Stddev(loss).Should().Be(1);
    }

    [Fact]
    public void Noise_of_NaN_is_reported_before_prediction()
    {
        var likelihood = GaussianLikelihood.Learned(dtype: float64);
        using (no_grad())
            likelihood.Parameters!.parameters().Single().fill_(double.NaN);
        likelihood.Invoking(l => l.Frozen())
            .Should().Throw<InvalidOperationException>().WithMessage("The learned stddev is NaN; expected finite numbers*loss that was not finite.");
    }

    [Fact]
    public void Noise_disposed_with_its_loss_is_reported()
    {
        var loss = ElboLoss.Gaussian(10);
        var frozen = loss.Likelihood.Frozen();
        loss.Dispose();
        loss.Likelihood.Invoking(l => l.Variance(zeros(1, 1)))
            .Should().Throw<ObjectDisposedException>().WithMessage("*learned stddev was disposed with its loss*");
        ShouldBeClose(frozen.Variance(zeros(1, 1)), ones(1, 1), 1e-6);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var loss = ElboLoss.Gaussian(20, dtype: float64);
        using var model = new BayesianLinear(2, 1, dtype: float64);
        Tensor input = Normal(6, 2), target = Normal(6, 1);
        using var step = new VariationalStep(model, loss, p => optim.Adam(p, lr: 0.05));
        step.Run(input, target).Dispose();
        step.Run(input, target).Dispose();
        long before = LiveTensors();
        for (int i = 0; i < 3; i++)
            step.Run(input, target).Dispose();
        _ = Stddev(loss);
        LiveTensors().Should().Be(before);
    }

    private static double Stddev(ElboLoss loss) => ((GaussianLikelihood)loss.Likelihood).Stddev;

    private static GaussianLikelihood Descend(GaussianLikelihood likelihood, Tensor outputs, Tensor targets)
    {
        using var optimizer = optim.Rprop(likelihood.Parameters!.parameters(), lr: 0.05, min_step: 1e-12, max_step: 0.5);
        for (int i = 0; i < 250; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            likelihood.LogProbability(outputs, targets).mean().neg().backward();
            optimizer.step();
        }
        return likelihood;
    }
}
