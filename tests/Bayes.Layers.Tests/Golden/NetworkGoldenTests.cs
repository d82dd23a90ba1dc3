using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Golden;

/// <summary>Five AdamW steps of the experiment's 2-5-5-1 network with given noise, compared with PyTorch.</summary>
public sealed class NetworkGoldenTests : TorchTest
{
    private const double Tolerance = 1e-10;

    [Fact]
    public void Five_training_steps_match()
    {
        using var model = Model();
        var loss = Loss();
        using var optimizer = AdamW(model.parameters());

        foreach (var step in GoldenData.At("network", "steps").EnumerateArray())
        {
            var noise = new GivenNoise(step.GetProperty("eps").EnumerateArray().Select(eps => eps.ToTensor()));
            var output = model.Sample(step.GetProperty("input").ToTensor(), new Reparameterization(1, noise));
            ShouldBeClose(output.squeeze(0), step.GetProperty("probability").ToTensor(), Tolerance);
            noise.Left.Should().Be(0);

            using var terms = loss.Evaluate(output, step.GetProperty("target").ToTensor(), model.KlDivergence());
            terms.NegativeLogLikelihood.ToDouble().Should().BeApproximately(step.GetProperty("nll").GetDouble(), Tolerance);
            terms.KlDivergence.ToDouble().Should().BeApproximately(step.GetProperty("kl").GetDouble(), 100 * Tolerance);
            terms.Total.ToDouble().Should().BeApproximately(step.GetProperty("loss").GetDouble(), Tolerance);

            optimizer.zero_grad();
            terms.Total.backward();
            optimizer.step();
        }

        ShouldBeTrained(model);
    }

    [Fact]
    public void Five_steps_of_the_fast_path_match()
    {
        using var model = Model();
        var loss = Loss();
        var steps = GoldenData.At("network", "steps").EnumerateArray().ToArray();
        var noise = new GivenNoise(steps.SelectMany(step => step.GetProperty("eps").EnumerateArray().Select(eps => eps.ToTensor())));
        using var training = new VariationalStep(model, loss, AdamW, new Reparameterization(1, noise));
        training.IsFast.Should().BeTrue();

        foreach (var step in steps)
        {
            using var terms = training.Run(step.GetProperty("input").ToTensor(), step.GetProperty("target").ToTensor());
            terms.NegativeLogLikelihood.ToDouble().Should().BeApproximately(step.GetProperty("nll").GetDouble(), Tolerance);
            terms.KlDivergence.ToDouble().Should().BeApproximately(step.GetProperty("kl").GetDouble(), 100 * Tolerance);
            terms.Total.ToDouble().Should().BeApproximately(step.GetProperty("loss").GetDouble(), Tolerance);
        }
        ShouldBeTrained(model);
    }

    private static void ShouldBeTrained(BayesianSequential model)
    {
        var layers = model.children().OfType<BayesianLinear>().ToArray();
        for (int i = 0; i < layers.Length; i++)
        {
            ShouldBeClose(layers[i].weight_mu, GoldenData.At("network", "final", "mu")[i].ToTensor(), Tolerance, $"mu of layer {i}");
            ShouldBeClose(layers[i].weight_log_var, GoldenData.At("network", "final", "log_var")[i].ToTensor(), Tolerance, $"log_var of layer {i}");
        }
    }

    private static BayesianSequential Model() => new(Layer(0), Tanh(), Layer(1), Tanh(), Layer(2), Sigmoid());

    private static ElboLoss Loss() => new(
        new BernoulliLikelihood(BernoulliOutput.Probabilities),
        datasetSize: GoldenData.At("network", "dataset_size").GetInt64(),
        beta: GoldenData.Number("network", "beta"));

    // The default weight decay of AdamW is 0.01 in PyTorch and 0 in TorchSharp.
    private static optim.Optimizer AdamW(IEnumerable<Parameter> parameters) =>
        optim.AdamW(parameters, lr: GoldenData.Number("network", "learning_rate"), weight_decay: 0.01);

    private static BayesianLinear Layer(int index)
    {
        var mean = GoldenData.At("network", "init", "mu")[index].ToTensor();
        return new BayesianLinear(mean.shape[1], mean.shape[0], hasBias: false, dtype: float64)
        {
            weight_mu = new Parameter(mean),
            weight_log_var = new Parameter(GoldenData.At("network", "init", "log_var")[index].ToTensor()),
        };
    }
}
