using Bayes.Layers.Checkpoints;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Cuda;

/// <summary>Layers, training and prediction on a GPU. Reported as skipped if there is none.</summary>
public sealed class CudaTests : TorchTest
{
    private static readonly Device Gpu = new(DeviceType.CUDA, 0);

    public CudaTests() => Assert.SkipUnless(cuda.is_available(), "no CUDA device");

    private static BayesianSequential Model(Device device) => new(
        new BayesianLinear(4, 8, device: device, dtype: float64), Tanh(), new BayesianLinear(8, 1, device: device, dtype: float64));

    [Fact]
    public void A_device_given_to_the_constructor_reaches_every_tensor()
    {
        using var model = Model(Gpu);
        model.parameters().Should().OnlyContain(p => p.device_type == DeviceType.CUDA);
        model.Sample(Normal(6, 4).to(Gpu), 3).device_type.Should().Be(DeviceType.CUDA);
        model.KlDivergence().device_type.Should().Be(DeviceType.CUDA);
    }

    [Fact]
    public void Metrics_accept_tensors_on_either_device()
    {
        Tensor probability = rand(20), target = (rand(20) < probability).to(int64), mean = Normal(20), stddev = rand(20).add(0.1);
        ClassificationReport.Of(probability.to(Gpu), target).ToString().Should().Be(ClassificationReport.Of(probability, target).ToString());
        RegressionReport.Of(mean.to(Gpu), stddev.to(Gpu), target.to(Gpu)).Should().Be(RegressionReport.Of(mean, stddev, target));
        var scaled = new TemperatureScaling(2).Apply(probability.to(Gpu));
        scaled.device_type.Should().Be(DeviceType.CUDA);
        ShouldBeClose(scaled, new TemperatureScaling(2).Apply(probability), 0);
    }

    [Fact]
    public void A_moved_model_computes_the_same()
    {
        using var model = Model(CPU);
        var input = Normal(6, 4);
        using TorchNoise first = new(3), second = new(3);
        var onCpu = model.Sample(input, new Reparameterization(5, first));
        var divergence = model.KlDivergence();
        model.to(Gpu);
        ShouldBeClose(model.Sample(input.to(Gpu), new Reparameterization(5, second)), onCpu, 1e-12);
        ShouldBeClose(model.KlDivergence(), divergence, 1e-12);
    }

    [Fact]
    public void A_checkpoint_moves_between_devices()
    {
        using BayesianSequential onGpu = Model(Gpu), onCpu = Model(CPU), back = Model(Gpu);
        using ElboLoss loss = ElboLoss.Gaussian(10, device: Gpu), lossOnCpu = ElboLoss.Gaussian(10, initialStddev: 2);
        using var stream = new MemoryStream();
        Checkpoint.Save(onGpu, stream, loss);
        stream.Position = 0;
        Checkpoint.Load(onCpu, stream, lossOnCpu);
        stream.Position = 0;
        Checkpoint.Load(back, stream, loss);
        lossOnCpu.Likelihood.ToString().Should().Be(loss.Likelihood.ToString());
        foreach (var (name, tensor) in onGpu.state_dict())
        {
            ShouldBeClose(onCpu.state_dict()[name], tensor, 0);
            ShouldBeClose(back.state_dict()[name], tensor, 0);
            back.state_dict()[name].device_type.Should().Be(DeviceType.CUDA);
        }
    }

    [Fact]
    public void A_moved_recurrent_network_with_dropout_computes_the_same()
    {
        using var model = new BayesianSequential(
            new BayesianLSTM(3, 5, bidirectional: true, dtype: float64), new MonteCarloDropout(0.3, channelAxis: -1),
            new BayesianGRU(10, 4, returnsSequence: false, dtype: float64));
        var input = Normal(6, 7, 3);
        Tensor Sample(Tensor values)
        {
            using var draws = new PosteriorDraws(seed: 3, count: 5);
            return model.Sample(values, draws);
        }
        var onCpu = Sample(input);
        model.to(Gpu);
        ShouldBeClose(Sample(input.to(Gpu)), onCpu, 1e-10);
    }

    [Fact]
    public void Convolutions_and_embeddings_match_the_cpu()
    {
        // On the CPU, 40 images are computed draw by draw, 2 images in one call.
        foreach (long batch in new long[] { 2, 40 })
        {
            ShouldBeTheSame(
                new BayesianSequential(
                    new BayesianConv2d(1, 4, 3, padding: 1, dtype: float64), Tanh(),
                    new BayesianConv2d(4, 2, 3, stride: 2, groups: 2, dtype: float64), Tanh(),
                    new BayesianConvTranspose2d(2, 1, 3, stride: 2, outputPadding: 1, dtype: float64)),
                Normal(batch, 1, 28, 28));
            ShouldBeTheSame(
                new BayesianSequential(new BayesianConv1d(2, 4, 3, dtype: float64), new BayesianConv1d(4, 2, 3, dilation: 2, dtype: float64)),
                Normal(batch, 2, 12));
            ShouldBeTheSame(new BayesianConv3d(2, 3, 2, dtype: float64), Normal(batch, 2, 4, 4, 4));
            ShouldBeTheSame(new BayesianSequential(new BayesianEmbedding(9, 4, dtype: float64), new BayesianLinear(4, 2, dtype: float64)),
                randint(9, [batch, 5], dtype: int64));
        }
        using var embedding = new BayesianEmbedding(9, 4, device: Gpu);
        embedding.Invoking(m => m.forward(tensor([9L]).to(Gpu)))
            .Should().Throw<ArgumentException>().WithMessage("The input has the index 9; expected 0 to 8*");

        static void ShouldBeTheSame(BayesianModule model, Tensor input)
        {
            using (model)
            {
                using TorchNoise first = new(3), second = new(3);
                var onCpu = model.Sample(input, new Flipout(5, first));
                model.to(Gpu);
                ShouldBeClose(model.Sample(input.to(Gpu), new Flipout(5, second)), onCpu, 1e-10);
            }
        }
    }

    [Fact]
    public void Diagnostics_match_the_cpu()
    {
        using var model = Model(CPU);
        string onCpu = PosteriorDiagnostics.Of(model).ToString();
        model.to(Gpu);
        PosteriorDiagnostics.Of(model).ToString().Should().Be(onCpu);
    }

    [Fact]
    public void Training_and_prediction_work()
    {
        using var model = Model(Gpu);
        var loss = ElboLoss.Bernoulli(datasetSize: 64);
        using var optimizer = optim.AdamW(model.parameters(), lr: 0.05);
        var input = Normal(64, 4).to(Gpu);
        var target = (input.narrow(1, 0, 1) > 0).to(float64);
        double first = Step(), last = 0;
        for (int i = 0; i < 200; i++)
            last = Step();
        last.Should().BeLessThan(first);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, 20).forward(input);
        prediction.Mean.device_type.Should().Be(DeviceType.CUDA);
        ShouldBeFinite(prediction.EpistemicStddev);

        double Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var value = loss.forward(model.Sample(input, 4), target, model.KlDivergence());
            value.backward();
            optimizer.step();
            return value.ToDouble();
        }
    }

    [Fact]
    public void Learned_noise_moves_with_the_loss_and_its_predictions_match_the_cpu()
    {
        Tensor outputs = Normal(5, 6, 2), targets = Normal(6, 2);
        foreach (var likelihood in new ContinuousLikelihood[] { GaussianLikelihood.Learned(0.5, outputs: 2, dtype: float64),
            StudentTLikelihood.Learned(3, 0.5, dtype: float64) })
        {
            using var loss = new ElboLoss(likelihood, 6);
            using var onCpu = Predictive.OfSamples(outputs, likelihood, targets);
            loss.Invoking(l => l.forward(outputs.to(Gpu), targets.to(Gpu), zeros([], float64, Gpu)))
                .Should().Throw<ArgumentException>().WithMessage("*move the loss with .to(...)*");
            loss.to(Gpu);
            using var onGpu = Predictive.OfSamples(outputs.to(Gpu), likelihood, targets.to(Gpu));
            onGpu.AleatoricVariance.device_type.Should().Be(DeviceType.CUDA);
            ShouldBeClose(onGpu.LogPredictiveDensity, onCpu.LogPredictiveDensity, 1e-12);
            ShouldBeClose(onGpu.TotalVariance, onCpu.TotalVariance, 1e-12);
            ShouldBeClose(onGpu.QuantilesOfTarget([0.1, 0.9]), onCpu.QuantilesOfTarget([0.1, 0.9]), 1e-11);
        }
    }

    [Fact]
    public void The_fast_step_matches_the_cpu()
    {
        using BayesianSequential onCpu = Model(CPU), onGpu = Model(CPU);
        onGpu.load_state_dict(onCpu.state_dict());
        onGpu.to(Gpu);
        var input = Normal(16, 4);
        var target = (input.narrow(1, 0, 1) > 0).to(float64);
        Train(onCpu, CPU);
        Train(onGpu, Gpu);
        foreach (var (key, value) in onCpu.state_dict())
            ShouldBeClose(onGpu.state_dict()[key].cpu(), value, 1e-8, key);

        void Train(BayesianSequential model, Device device)
        {
            using var noise = new TorchNoise(4);
            using var step = new VariationalStep(model, ElboLoss.Bernoulli(16), p => optim.AdamW(p, lr: 0.01), new Reparameterization(2, noise));
            for (int i = 0; i < 50; i++)
                step.Run(input.to(device), target.to(device)).Dispose();
        }
    }

    [Fact]
    public void A_seeded_prediction_matches_the_cpu()
    {
        using var model = Model(CPU);
        var input = Normal(6, 4);
        var predictive = new MonteCarloPredictive(model, new Bayes.Layers.Likelihoods.BernoulliLikelihood(), 20, seed: 3);
        using var onCpu = predictive.forward(input);
        model.to(Gpu);
        using var onGpu = predictive.forward(input.to(Gpu));
        ShouldBeClose(onGpu.Mean, onCpu.Mean, 1e-12);
        ShouldBeClose(onGpu.EpistemicStddev, onCpu.EpistemicStddev, 1e-12);
    }

    [Fact]
    public void All_numbers_of_a_prediction_match_the_cpu_and_halves_of_both_merge()
    {
        using var model = Model(CPU);
        Tensor input = Normal(600, 4), target = (input.narrow(1, 0, 1) > 0).to(float64);
        var predictive = new MonteCarloPredictive(model, new Bayes.Layers.Likelihoods.BernoulliLikelihood(), 40, seed: 3, tolerance: 1e-9);
        using var first = Predict(CPU, firstDraw: 0);
        using var secondOnCpu = Predict(CPU, firstDraw: 40);
        model.to(Gpu);
        using var firstOnGpu = Predict(Gpu, firstDraw: 0);
        using var second = Predict(Gpu, firstDraw: 40);
        using Predictive mixed = Predictive.Merge(second, first), onCpu = Predictive.Merge(first, secondOnCpu);
        foreach (var (found, expected) in Everything(firstOnGpu).Zip(Everything(first)).Concat(Everything(mixed).Zip(Everything(onCpu))))
            ShouldBeClose(found, expected, 1e-11);
        firstOnGpu.MutualInformation.device_type.Should().Be(DeviceType.CUDA);
        mixed.Mean.device_type.Should().Be(DeviceType.CPU);

        Predictive Predict(Device device, int firstDraw) => predictive.Predict(
            input.to(device), target.to(device), keepSamples: true, firstDraw);

        static Tensor[] Everything(Predictive prediction) =>
        [
            prediction.Mean, prediction.StandardErrorOfMean, prediction.TotalEntropy, prediction.ExpectedEntropy, prediction.MutualInformation,
            prediction.LogPredictiveDensity, prediction.QuantilesOfMean([0.05, 0.5]), prediction.Samples,
        ];
    }

    [Fact]
    public void The_sample_runs_on_the_gpu()
    {
        using var run = new Samples.SampleRun("--epochs", "2", "--batch-size", "32", "--grid", "20", "--grid-samples", "8", "--device", "cuda:0");
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("cuda:0");
    }

    [Fact]
    public void An_input_on_another_device_is_refused()
    {
        using var model = Model(Gpu);
        model.Invoking(m => m.forward(Normal(6, 4))).Should().Throw<ArgumentException>().WithMessage("The input is on cpu*");
    }

    [Fact]
    public void A_missing_device_number_is_refused()
    {
        int count = cuda.device_count();
        var act = () => new BayesianLinear(2, 2, device: new Device(DeviceType.CUDA, count));
        act.Should().Throw<ArgumentException>().WithMessage($"device is cuda:{count}*{count} CUDA devices*");
    }
}
