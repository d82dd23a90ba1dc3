using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Many Bayesian linear regressions with weights drawn from the prior and targets drawn from the likelihood: over such pairs every
/// credible interval of the exact posterior has its nominal coverage. They share their inputs, so one layer with an output for each
/// trains them all with the library's step. The inputs are orthogonal to each other and to the bias, so the exact posterior is independent.
/// </summary>
/// <remarks>Owned by the test's dispose scope.</remarks>
internal sealed class SimulatedRegressions
{
    public const int Count = 500;
    public const int Weights = 3;
    public const double PriorMean = 0.3;
    public const double PriorStddev = 0.8;
    public const double Noise = 1.5;
    private const int Rows = 8;
    private const int Steps = 150;

    /// <summary>Simulates, and trains to the optimum.</summary>
    /// <param name="beta">The factor of the KL divergence; 1 is Bayes' rule.</param>
    public SimulatedRegressions(double beta = 1)
    {
        Input = stack([Alternating(1).mul(0.4), Alternating(2).mul(1.3)], 1);
        Truth = randn(Count, Weights, dtype: float64).mul(PriorStddev).add(PriorMean);
        Target = Observed(Outputs(Input));
        Layer = new BayesianLinear(Weights - 1, Count, prior: new NormalPrior(PriorMean, PriorStddev),
            initializer: new NormalInitializer(0.1, -1, 0), dtype: float64);
        // An output for each regression: their losses add up, and each has its own KL divergence.
        using var step = new VariationalStep(
            Layer, new ElboLoss(new GaussianLikelihood(Noise), Rows, beta),
            parameters => optim.Rprop(parameters, lr: 0.05, min_step: 1e-12, max_step: 0.5),
            new LocalReparameterization(2, new PlusMinusOne()));
        for (int i = 0; i < Steps; i++)
            step.Run(Input, Target).Dispose();

        static Tensor Alternating(long every) => arange(Rows, float64).div(every).floor().remainder(2).mul(2).sub(1);
    }

    /// <summary>The trained posteriors.</summary>
    public BayesianLinear Layer { get; }

    /// <summary>The shared inputs: [rows, inputs].</summary>
    public Tensor Input { get; }

    /// <summary>The training targets: [rows, regressions].</summary>
    public Tensor Target { get; }

    /// <summary>The true weights, the bias last: [regressions, weights].</summary>
    public Tensor Truth { get; }

    /// <summary>
    /// Draws weights [draws, regressions, weights] from the posteriors with the library, by evaluating the functions at the unit vectors.
    /// </summary>
    public Tensor Draws(int count, long seed)
    {
        using var scope = NewDisposeScope();
        using var draws = new PosteriorDraws(seed, count);
        // At 0 a function equals its bias, and at a unit vector the bias plus a weight.
        var values = Layer.Sample(cat([eye(Weights - 1, dtype: float64), zeros(1, Weights - 1, dtype: float64)], 0), draws);
        var bias = values.narrow(1, Weights - 1, 1);
        return cat([values.narrow(1, 0, Weights - 1).sub(bias), bias], 1).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Returns the true functions at inputs: [rows, regressions].</summary>
    public Tensor Outputs(Tensor input) => input.mm(Truth.narrow(1, 0, Weights - 1).T).add(Truth.select(1, Weights - 1));

    /// <summary>Adds noise to outputs.</summary>
    public static Tensor Observed(Tensor outputs) => outputs.add(randn(outputs.shape, float64).mul(Noise));

    /// <summary>Multiplies every posterior's standard deviation by the factor.</summary>
    public void Widen(double factor)
    {
        using var noGrad = no_grad();
        foreach (var logVariance in new[] { Layer.weight_log_var, Layer.bias_log_var! })
            logVariance.add_(2 * Math.Log(factor));
    }

    /// <summary>Returns the means and standard deviations of the trained posteriors, [regressions, weights].</summary>
    public (Tensor Mean, Tensor Stddev) Found() =>
        (cat([Layer.weight_mu, Layer.bias_mu!.unsqueeze(1)], 1).detach(),
            cat([Layer.weight_log_var, Layer.bias_log_var!.unsqueeze(1)], 1).detach().div(2).exp());

    /// <summary>
    /// Returns the exact posteriors (Bishop 2006, "Pattern Recognition and Machine Learning", equations 3.50 and 3.51): means [regressions, weights]
    /// and standard deviations [weights].
    /// </summary>
    public (Tensor Mean, Tensor Stddev) Exact()
    {
        var design = cat([Input, ones(Rows, 1, dtype: float64)], 1);
        var precision = eye(Weights, dtype: float64).div(PriorStddev * PriorStddev).add(design.T.mm(design).div(Noise * Noise));
        var mean = precision.inverse().mm(design.T.mm(Target).div(Noise * Noise).add(PriorMean / (PriorStddev * PriorStddev)));
        return (mean.T, precision.inverse().diagonal().sqrt());
    }
}
