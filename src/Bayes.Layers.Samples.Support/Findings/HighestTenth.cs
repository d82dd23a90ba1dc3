namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>The tenth of a map's cells that has the highest values.</summary>
/// <remarks>If several cells have the value at the limit, each of them belongs to it in part, so that its place does not matter.</remarks>
internal sealed class HighestTenth
{
    private readonly double _limit;
    private readonly double _weightAtLimit;

    public HighestTenth(double[,] values)
    {
        double[] sorted = [.. values.Cast<double>().Order()];
        Cells = Math.Max(1, sorted.Length / 10);
        _limit = sorted[^Cells];
        int above = sorted.Count(value => value > _limit);
        int atLimit = sorted.Count(value => value == _limit);
        _weightAtLimit = (double)(Cells - above) / atLimit;
    }

    /// <summary>Number of cells in the tenth.</summary>
    public int Cells { get; }

    /// <summary>Returns the part of a cell with a value that belongs to the tenth, from 0 to 1.</summary>
    public double WeightOf(double value) => value > _limit ? 1 : value == _limit ? _weightAtLimit : 0;
}
