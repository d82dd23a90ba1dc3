using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// Every prior: its KL divergence, exact or integrated, from draws, and in one pass with its gradient; its log-density; all gradients.
/// </summary>
internal static class PriorCases
{
    private static readonly long[] Shape = [6, 5];

    public static (string Name, Func<Prior> Make)[] Priors { get; } =
    [
        (nameof(NormalPrior), () => new NormalPrior(0.3, 0.7)),
        (nameof(PerWeightNormalPrior),
            () => NormalPrior.PerWeight(PrecisionCase.Numbers(float32, 31, Shape), PrecisionCase.Numbers(float32, 32, Shape).mul(0.3).exp())),
        (nameof(LaplacePrior), () => new LaplacePrior(0.1, 0.6)),
        (nameof(ScaleMixturePrior), () => new ScaleMixturePrior()),
        (nameof(StudentTPrior), () => new StudentTPrior(3, 0.5)),
        (nameof(LearnedScalePrior), () => new LearnedScalePrior()),
        (nameof(HorseshoePrior), () => new HorseshoePrior(0.5)),
        (nameof(HorseshoePrior) + " of units", () => new HorseshoePrior(axis: 0)),
    ];

    public static IEnumerable<PrecisionCase> All =>
        Priors.Select(prior => new PrecisionCase(prior.Name.Split(' ')[0], prior.Name, [prior.Name.Split(' ')[0]],
            dtype => Compute(prior.Make().For(Shape, dtype), dtype)));

    private static Dictionary<string, Tensor> Compute(Prior prior, ScalarType dtype)
    {
        Tensor mean = new Parameter(PrecisionCase.Numbers(dtype, 21, Shape)),
            logVariance = new Parameter(PrecisionCase.Numbers(dtype, 22, Shape).sub(2).to(float32).to(dtype));
        var posterior = new MeanFieldNormal(mean, logVariance);
        Dictionary<string, Tensor> results = [];
        Add("KL divergence", prior.KlDivergence(posterior));
        Add("KL divergence of draws", prior.KlDivergence(posterior, posterior.Draw(4, new SameNoise(50))));
        var weight = new Parameter(PrecisionCase.Numbers(dtype, 23, Shape).mul(2));
        var logDensity = prior.LogProbability(weight);
        results.Add("log density", logDensity);
        logDensity.sum().backward();
        results.Add("gradient of the log density", weight.grad!);
        if (prior is IKlGradient inOnePass)
        {
            using var noGrad = no_grad();
            Tensor ofMean = zeros_like(mean), ofLogVariance = zeros_like(logVariance);
            results.Add("KL divergence in one pass", inOnePass.AddKlGradient(posterior, posterior.Variance(), ofMean, ofLogVariance, 0.3));
            results.Add("gradient in mu in one pass", ofMean);
            results.Add("gradient in log_var in one pass", ofLogVariance);
        }
        return results;

        void Add(string name, Tensor divergence)
        {
            results.Add(name, divergence);
            mean.grad = logVariance.grad = null;
            divergence.backward();
            results.Add("gradient in mu of the " + name, mean.grad!.clone());
            results.Add("gradient in log_var of the " + name, logVariance.grad!.clone());
            foreach (var (key, learned) in prior.Parameters?.named_parameters() ?? [])
            {
                if (learned.grad is { } gradient)
                    results.Add($"gradient in {key} of the {name}", gradient.clone());
                learned.grad = null;
            }
        }
    }
}
