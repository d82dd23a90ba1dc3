using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>A Laplace approximation, which predicts with the network linearised in its weights.</summary>
internal sealed class LaplaceTrained : TrainedMethod
{
    private readonly LaplaceApproximation _laplace;
    private readonly int _samples;
    private readonly long _seed;

    private LaplaceTrained(ComparisonContext context, LaplaceApproximation laplace, long seed)
        : base(FunctionDistribution.Of(laplace.Model), context.Problem.Likelihood, context.Settings.Samples, seed, laplace, laplace.Model) =>
        (_laplace, _samples, _seed) = (laplace, context.Settings.Samples, seed);

    /// <summary>Approximates the posterior around the trained plain network.</summary>
    /// <param name="context">The comparison.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="layers">Whose weights are random.</param>
    public static LaplaceTrained Fit(ComparisonContext context, string method, LaplaceLayers layers)
    {
        var problem = context.Problem;
        double seconds = context.Plain.Seconds;
        var laplace = LaplaceApproximation.Fit(
            context.CopyOfPlain(), problem.TrainInput, problem.TrainTarget, problem.Likelihood, new LaplaceOptions
            {
                Layers = layers,
                Curvature = CurvatureStructure.Kronecker,
                PriorPrecision = 1 / (problem.PriorStddev * problem.PriorStddev),
            });
        return new LaplaceTrained(context, laplace, context.SeedFor($"{method}, prediction")) { SecondsBefore = seconds };
    }

    public override Predictive Predict(Tensor input, Tensor? target = null, bool keepSamples = false)
    {
        using var prediction = _laplace.Predict(input);
        return prediction.ByDraws(_samples, _seed, target);
    }
}
