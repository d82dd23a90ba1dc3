namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>The tenth of a map's cells with the highest values.</summary>
/// <remarks>Where its limit runs through cells of equal value, each of them belongs to it in part: none is favoured for its place.</remarks>
internal sealed class HighestTenth
{
    private readonly double _limit;
    private readonly double _weightAtLimit;

    /// <summary>Finds it.</summary>
    public HighestTenth(double[,] values)
    {
        double[] sorted = [.. values.Cast<double>().Order()];
        Cells = Math.Max(1, sorted.Length / 10);
        _limit = sorted[^Cells];
        int above = sorted.Count(value => value > _limit);
        int atLimit = sorted.Count(value => value == _limit);
        _weightAtLimit = (double)(Cells - above) / atLimit;
    }

    /// <summary>How many cells it has.</summary>
    public int Cells { get; }

    /// <summary>How much of a cell with this value belongs to it, from 0 to 1.</summary>
    public double WeightOf(double value) => value > _limit ? 1 : value == _limit ? _weightAtLimit : 0;
}
