namespace Bayes.Layers.Benchmarks.Work;

/// <summary>Cases that differ in one number, drawn as a figure.</summary>
/// <param name="Name">The name of the figure's file, without its extension.</param>
/// <param name="What">What takes the time.</param>
/// <param name="Title">What the cases have in common.</param>
/// <param name="Axis">The number's name.</param>
/// <param name="Points">The numbers and their cases.</param>
internal sealed record Curve(string Name, string What, string Title, string Axis, IReadOnlyList<(int At, Case Case)> Points)
{
    /// <summary>The cases.</summary>
    public IEnumerable<Case> Cases => Points.Select(point => point.Case);
}
