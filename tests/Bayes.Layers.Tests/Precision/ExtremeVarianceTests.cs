using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// Extremely narrow and wide posteriors: log sigma² of ±40 and ±80, so a sigma of 4e-18 or 2e17, with a variance that single precision
/// can represent. A pass, a KL divergence, a loss and its gradients stay finite.
/// </summary>
public sealed class ExtremeVarianceTests : TorchTest
{
    private static readonly string[] LayersOfProducts = [nameof(BayesianMultiheadAttention), nameof(BayesianTransformerEncoderLayer)];

    public static TheoryData<ScalarType, double> Extremes
    {
        get
        {
            var data = new TheoryData<ScalarType, double>();
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
                foreach (double logVariance in new[] { -80.0, -40, 40, 80 })
                    data.Add(dtype, logVariance);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Every_layer_has_finite_outputs_losses_and_gradients(ScalarType dtype, double logVariance)
    {
        List<string> found = [];
        // The product of the weights of values, outputs and a loss's square exceeds single precision by itself.
        bool overflows = dtype == ScalarType.Float32 && logVariance > 0;
        foreach (var layer in LayerCases.Layers.Where(layer => !overflows || !LayersOfProducts.Contains(layer.Name)))
            foreach (var estimator in LayerCases.Estimators)
                found.AddRange(NotFinite(layer.Make(dtype), layer.Input(dtype), estimator.Make(), logVariance)
                    .Select(what => $"{layer.Name}, {estimator.Name}: {what}"));
        found.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Every_prior_has_finite_divergences_and_gradients(ScalarType dtype, double logVariance)
    {
        // Wide enough for the sum of such variances to matter.
        long[] shape = [6, 5];
        List<string> found = [];
        foreach (var (name, make) in PriorCases.Priors)
        {
            var prior = make().For(shape, dtype);
            Tensor mean = new Parameter(PrecisionCase.Numbers(dtype, 21, shape).mul(3)),
                logVariances = new Parameter(full(shape, logVariance, dtype));
            var posterior = new MeanFieldNormal(mean, logVariances);
            foreach (var (kind, divergence) in new[]
            {
                ("exact", prior.KlDivergence(posterior)), ("of draws", prior.KlDivergence(posterior, posterior.Draw(3, new SameNoise()))),
            })
            {
                mean.grad = logVariances.grad = null;
                divergence.backward();
                Note($"{name}, {kind}", divergence, [mean.grad!, logVariances.grad!]);
            }
            Note($"{name}, learned", zeros(1), prior.Parameters?.parameters().Select(parameter => parameter.grad).OfType<Tensor>() ?? []);
            if (prior is IKlGradient inOnePass)
            {
                using var noGrad = no_grad();
                Tensor ofMean = zeros_like(mean), ofLogVariance = zeros_like(logVariances);
                Note($"{name}, in one pass", inOnePass.AddKlGradient(posterior, posterior.Variance(), ofMean, ofLogVariance, 0.1),
                    [ofMean, ofLogVariance]);
            }
        }
        found.Should().BeEmpty();

        void Note(string name, Tensor divergence, IEnumerable<Tensor> gradients)
        {
            if (!IsFinite(divergence))
                found.Add(name);
            if (!gradients.All(IsFinite))
                found.Add(name + ", gradient");
        }
    }

    /// <summary>The trainer's paths: managed numbers, one storage with autograd, and plain autograd.</summary>
    [Theory]
    [MemberData(nameof(Extremes))]
    public void A_step_of_training_has_a_finite_loss_and_gradient(ScalarType dtype, double logVariance)
    {
        List<string> found = [];
        foreach (var prior in new Prior[] { new NormalPrior(), new LaplacePrior(), new ScaleMixturePrior() })
            foreach (var estimator in new Estimator[] { new Reparameterization(2), new LocalReparameterization(2) })
                foreach (var (name, make, outputs, target) in LikelihoodCases.Likelihoods.Where(
                    each => each.Name is "GaussianLikelihood" or "BernoulliLikelihood" or "GaussianLikelihood, learned"))
                {
                    using var scope = NewDisposeScope();
                    using var model = new BayesianSequential(new BayesianLinear(5, 8, prior: prior, dtype: dtype), nn.Tanh(),
                        new BayesianLinear(8, outputs, prior: prior, dtype: dtype));
                    SetLogVariance(model, logVariance);
                    using var step = new VariationalStep(model, new ElboLoss(make(dtype), 12), parameters => optim.SGD(parameters, 0.1), estimator);
                    var terms = step.ComputeGradients(PrecisionCase.Numbers(dtype, 43, 12, 5), target(dtype));
                    string kind = $"{prior.GetType().Name}, {estimator.GetType().Name}, {name}";
                    if (!IsFinite(terms.Total))
                        found.Add(kind);
                    if (!model.parameters().All(parameter => IsFinite(parameter.grad!)))
                        found.Add(kind + ", gradient");
                }
        found.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void A_prediction_is_finite(ScalarType dtype, double logVariance)
    {
        List<string> found = [];
        foreach (var (name, make, outputs, target) in LikelihoodCases.Likelihoods)
        {
            using var scope = NewDisposeScope();
            using var model = LikelihoodCases.Network(5, outputs, dtype);
            SetLogVariance(model, logVariance);
            using var prediction = new MonteCarloPredictive(model, make(dtype), samples: 20, seed: 1)
                .Predict(PrecisionCase.Numbers(dtype, 44, 12, 5), target(dtype), keepSamples: true);
            if (!IsFinite(stack([prediction.Mean, prediction.TotalVariance, prediction.EpistemicVariance, prediction.StandardErrorOfMean])))
                found.Add(name);
            if (!IsFinite(prediction.LogPredictiveDensity))
                found.Add(name + ", log density");
            if (make(dtype) is ClassLikelihood
                && !IsFinite(stack([prediction.TotalEntropy, prediction.ExpectedEntropy, prediction.MutualInformation])))
                found.Add(name + ", entropies");
            if (make(dtype) is ContinuousLikelihood && !IsFinite(prediction.QuantilesOfTarget([0.025, 0.5, 0.975])))
                found.Add(name + ", quantiles");
        }
        found.Should().BeEmpty();
    }

    private static IEnumerable<string> NotFinite(BayesianModule model, Tensor input, Estimator estimator, double logVariance)
    {
        using var scope = NewDisposeScope();
        using var _ = estimator as IDisposable;
        SetLogVariance(model, logVariance);
        var output = model.Sample(input, estimator);
        var divergence = model.KlDivergence();
        if (!IsFinite(output))
            yield return "output";
        if (!IsFinite(divergence))
            yield return "KL divergence";
        if (!output.requires_grad)
            yield break;
        var terms = new ElboLoss(new GaussianLikelihood(1), 10).Evaluate(output, zeros(output.shape[1..], output.dtype), divergence);
        if (!IsFinite(terms.Total))
            yield return "loss";
        terms.Total.backward();
        foreach (var (name, parameter) in model.named_parameters())
            if (!IsFinite(parameter.grad!))
                yield return "gradient of " + name;
    }

    private static void SetLogVariance(BayesianModule model, double logVariance)
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter) in model.named_parameters().Where(each => each.name.EndsWith("log_var", StringComparison.Ordinal)))
            parameter.fill_(logVariance);
    }

    private static bool IsFinite(Tensor tensor) => Values(tensor).All(double.IsFinite);
}
