namespace Bayes.Layers;

/// <summary>How far a prediction has come, counted in passes of one input through one draw.</summary>
/// <param name="Done">Passes done.</param>
/// <param name="Total">Passes at most: fewer where draws end early because the means are exact enough.</param>
public readonly record struct PredictiveProgress(long Done, long Total)
{
    /// <summary>Done / Total, in [0, 1].</summary>
    public double Fraction => (double)Done / Total;
}
