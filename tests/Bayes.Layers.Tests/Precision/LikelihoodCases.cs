using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// Every likelihood: log-probability, moments, distribution function, quantiles and entropy, with gradients; and the ELBO of a network with it.
/// </summary>
internal static class LikelihoodCases
{
    private const int Rows = 12;
    private const double Far = 3;

    public static (string Name, Func<ScalarType, Likelihood> Make, int Outputs, Func<ScalarType, Tensor> Target)[] Likelihoods { get; } =
    [
        (nameof(BernoulliLikelihood), _ => new BernoulliLikelihood(), 1, dtype => Classes(2).to(dtype).unsqueeze(1)),
        (nameof(CategoricalLikelihood), _ => new CategoricalLikelihood(), 3, _ => Classes(3)),
        (nameof(CategoricalLikelihood) + ", weights and smoothing", _ => new CategoricalLikelihood(classWeights: [1, 0.3, 2], labelSmoothing: 0.1), 3,
            _ => Classes(3)),
        (nameof(CategoricalLikelihood) + ", soft targets", _ => new CategoricalLikelihood(), 3, dtype =>
            PrecisionCase.Numbers(float32, 44, Rows, 3).softmax(1).to(dtype)),
        (nameof(GaussianLikelihood), _ => new GaussianLikelihood([0.7, 1.3]), 2, Numbers(2)),
        (nameof(GaussianLikelihood) + ", learned", dtype => GaussianLikelihood.Learned(0.7, outputs: 2, dtype: dtype), 2, Numbers(2)),
        (nameof(StudentTLikelihood), _ => new StudentTLikelihood(4, 0.6), 2, Numbers(2)),
        (nameof(StudentTLikelihood) + ", learned", dtype => StudentTLikelihood.Learned(2.5, 0.6, dtype: dtype), 2, Numbers(2)),
        (nameof(HeteroscedasticGaussianLikelihood), _ => new HeteroscedasticGaussianLikelihood(), 2, Numbers(1)),
        (nameof(GaussianMixtureLikelihood), _ => new GaussianMixtureLikelihood(2, minimumStddev: 0.05), 6, Numbers(1)),
        (nameof(NegativeBinomialLikelihood), _ => new NegativeBinomialLikelihood(0.3), 1, dtype => arange(Rows, float32)
            .mul(3).to(dtype).unsqueeze(1)),
        (nameof(NegativeBinomialLikelihood) + ", learned", dtype => NegativeBinomialLikelihood.Learned(0.3, dtype: dtype), 1, dtype =>
            arange(Rows, float32).mul(3).to(dtype).unsqueeze(1)),
        (nameof(JointLikelihood), dtype => new JointLikelihood(
                new OutputPart(new CategoricalLikelihood(), 3), new OutputPart(GaussianLikelihood.Learned(0.7, dtype: dtype), 2),
                new OutputPart(GaussianLikelihood.Learned(0.4, outputs: 2, maxStddev: 50, dtype: dtype), 2)), 7,
            dtype => JointLikelihood.JoinTargets(Classes(3), Numbers(2)(dtype), Numbers(2)(dtype).mul(2))),
        (nameof(PoissonLikelihood), _ => new PoissonLikelihood(), 1, dtype => arange(Rows, float32).mul(3).to(dtype).unsqueeze(1)),
    ];

    public static IEnumerable<PrecisionCase> All => Likelihoods.Select(each => new PrecisionCase(
        each.Name.Split(',')[0], each.Name, [each.Name.Split(',')[0]],
        dtype => Compute(each.Make(dtype), PrecisionCase.Numbers(dtype, 41, 3, Rows, each.Outputs), each.Target(dtype))))
        .Append(new PrecisionCase(nameof(BernoulliLikelihood), nameof(BernoulliLikelihood) + ", probabilities",
            [nameof(BernoulliLikelihood)], dtype => Compute(
            new BernoulliLikelihood(BernoulliOutput.Probabilities), PrecisionCase.Numbers(float32, 41, 3, Rows, 1).sigmoid().to(dtype),
            Classes(2).to(dtype).unsqueeze(1))));

    /// <summary>The negative ELBO by autograd, and by the trainer's step, which uses managed code for such a network if it can.</summary>
    public static IEnumerable<PrecisionCase> Elbos =>
        from each in Likelihoods
        from isStep in new[] { false, true }
        select new PrecisionCase(
            nameof(ElboLoss), $"{each.Name}, {(isStep ? "a step" : "autograd")}", [nameof(ElboLoss)],
            dtype => Elbo(new ElboLoss(each.Make(dtype), Rows), Network(5, each.Outputs, dtype), each.Target(dtype), dtype, isStep));

    /// <summary>A network whose numbers are the same in every element type.</summary>
    public static BayesianSequential Network(long inputs, long outputs, ScalarType dtype) => new(
        new BayesianLinear(inputs, 8, initializer: new SameStart(), dtype: dtype), nn.Tanh(),
        new BayesianLinear(8, outputs, initializer: new SameStart(), dtype: dtype));

    private static Tensor Classes(int count) => arange(Rows, int64).remainder(count);

    private static Func<ScalarType, Tensor> Numbers(int size) => dtype => PrecisionCase.Numbers(dtype, 42, Rows, size);

    private static Dictionary<string, Tensor> Compute(Likelihood likelihood, Tensor output, Tensor target)
    {
        output = new Parameter(output);
        var logProbability = likelihood.LogProbability(output, target);
        logProbability.sum().backward();
        Dictionary<string, Tensor> results = new()
        {
            ["log-probability"] = logProbability,
            ["gradient of the log-probability"] = output.grad!,
            ["mean"] = likelihood.Mean(output),
            ["variance"] = likelihood.Variance(output),
        };
        foreach (var (key, learned) in likelihood.Parameters?.named_parameters() ?? [])
            results.Add("gradient in " + key, learned.grad!);
        if (likelihood is ClassLikelihood classes)
            results.Add("entropy", classes.Entropy(likelihood.Mean(output)));
        if (likelihood is CountLikelihood counts)
            results.Add("distribution function", counts.CumulativeProbability(output, target));
        if (likelihood is ContinuousLikelihood continuous)
        {
            results.Add("distribution function", continuous.CumulativeProbability(output, target));
            results.Add("quantile", continuous.Quantile(output, 0.9));
        }
        return results;
    }

    private static Dictionary<string, Tensor> Elbo(ElboLoss loss, BayesianSequential model, Tensor target, ScalarType dtype, bool isStep)
    {
        var input = PrecisionCase.Numbers(dtype, 43, Rows, 5);
        var estimator = new Reparameterization(2, new SameNoise());
        using var step = isStep ? new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.1), estimator) : null;
        ElboTerms terms;
        if (step is not null)
        {
            terms = step.ComputeGradients(input, target);
        }
        else
        {
            terms = loss.Evaluate(model.Sample(input, estimator), target, model.KlDivergence());
            terms.Total.backward();
        }
        Dictionary<string, Tensor> results =
            new() { ["total"] = terms.Total, ["negative log-likelihood"] = terms.NegativeLogLikelihood, ["KL divergence"] = terms.KlDivergence };
        foreach (var (name, parameter) in model.named_parameters().Concat(loss.named_parameters()))
            results.Add("gradient of " + name, parameter.grad!.clone());
        return results;
    }
}
