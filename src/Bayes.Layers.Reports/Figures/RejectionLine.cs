using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Reports.Figures;

/// <summary>A curve of what is measured on the rest against the share set aside, and the name of the uncertainty by which it is set aside.</summary>
internal sealed record RejectionLine(string Name, IReadOnlyList<RejectionPlace> Places)
{
    /// <summary>Returns the curve of accuracies with their intervals.</summary>
    /// <exception cref="ArgumentException">A number is not a share.</exception>
    public static RejectionLine OfAccuracy(string name, IReadOnlyList<RejectionPoint> points) => new(
        name,
        [.. points.Select(point =>
        {
            if (point.Accuracy is not (>= 0 and <= 1))
                throw new ArgumentException($"The points of '{name}' must hold accuracies in 0 to 1, but one is {point}.", nameof(points));
            var interval = WilsonInterval.Of(point.Accuracy, point.Retained);
            return new RejectionPlace(point.RejectedShare, point.Retained, point.Accuracy, interval.Low, interval.High);
        })]);
}
