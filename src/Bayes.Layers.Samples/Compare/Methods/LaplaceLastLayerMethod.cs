namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>A Laplace approximation of the last layer's weights (Daxberger et al. 2021).</summary>
internal sealed class LaplaceLastLayerMethod() : ComparisonMethod(
    "laplace_last_layer", "Laplace, last layer",
    "A normal distribution of the last layer's weights around the mode, with the curvature as precision.")
{
    public override TrainedMethod Train(ComparisonContext context) => LaplaceTrained.Fit(context, Name, LaplaceLayers.LastLayer);
}
