using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A curve of accuracy against the share set aside, and the name of the uncertainty by which examples are set aside.</summary>
internal sealed record RejectionLine(string Name, IReadOnlyList<RejectionPoint> Points);
