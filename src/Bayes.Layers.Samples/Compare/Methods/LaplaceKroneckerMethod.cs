namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>A Laplace approximation of all weights with Kronecker-factored curvature (Ritter et al. 2018; Immer et al. 2021).</summary>
internal sealed class LaplaceKroneckerMethod() : ComparisonMethod(
    "laplace_kronecker", "Laplace, Kronecker",
    "A normal distribution of all weights around the mode, with Kronecker-factored curvature; predicts with the linearised network.")
{
    public override TrainedMethod Train(ComparisonContext context) => LaplaceTrained.Fit(context, Name, LaplaceLayers.All);
}
