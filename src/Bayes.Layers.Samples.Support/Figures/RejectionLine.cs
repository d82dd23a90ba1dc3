using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A curve of accuracy against the share set aside, and by what the examples were ordered.</summary>
internal sealed record RejectionLine(string Name, IReadOnlyList<RejectionPoint> Points);
