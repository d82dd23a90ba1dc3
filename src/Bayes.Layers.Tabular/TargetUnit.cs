namespace Bayes.Layers.Tabular;

/// <summary>How the target of the networks relates to the column: column = centre + size · target.</summary>
/// <param name="Centre">In the column's unit.</param>
/// <param name="Size">In the column's unit; above 0.</param>
internal readonly record struct TargetUnit(double Centre, double Size)
{
    /// <summary>Gets the unit of a target that is the column itself.</summary>
    public static TargetUnit Own { get; } = new(0, 1);

    public double ToColumn(double value) => Centre + Size * value;

    public double ToNetwork(double value) => (value - Centre) / Size;
}
