using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class MemoryTests : TorchTest
{
    [Fact]
    public void Training_and_prediction_leave_no_live_tensor_behind()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(2, 5), BatchNorm1d(5), Tanh(), new BayesianLinear(5, 5), Dropout(0.1), Linear(5, 5), Tanh(), new BayesianLinear(5, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 64);
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-3);
        var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 10);
        Tensor input = randn(64, 2), target = (randn(64, 1) > 0).to(float32);

        Step();
        Predict();
        long before = LiveTensors();
        for (int i = 0; i < 2_000; i++)
            Step();
        for (int i = 0; i < 50; i++)
            Predict();
        LiveTensors().Should().Be(before);

        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.Sample(input, 2), target, model.KlDivergence()).backward();
            optimizer.step();
        }

        void Predict()
        {
            using var prediction = predictive.forward(input);
            prediction.EpistemicStddev.max().Dispose();
        }
    }
}
