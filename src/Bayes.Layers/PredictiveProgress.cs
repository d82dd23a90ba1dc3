namespace Bayes.Layers;

/// <summary>Reports how far a prediction has come, counted in passes of one input through one draw.</summary>
/// <param name="Done">Passes done.</param>
/// <param name="Total">The most passes: fewer are made if draws end early because the means are exact enough.</param>
public readonly record struct PredictiveProgress(long Done, long Total)
{
    /// <summary>Gets Done / Total, in [0, 1].</summary>
    public double Fraction => (double)Done / Total;
}
