namespace Bayes.Layers.Conformal;

/// <summary>How often intervals or sets of some rows contained what was observed, and how large they were.</summary>
/// <param name="Group">The label of the rows' group; null for all rows.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Share">The share of rows whose interval or set contained the target, in [0, 1]. Of several outputs with an interval each, a row
/// counts
/// by the share of them.</param>
/// <param name="Lower">The lower bound of the coverage by Clopper &amp; Pearson, as far as these rows tell.</param>
/// <param name="Upper">The upper bound.</param>
/// <param name="MeanSize">The mean width of the finite intervals, in the target's unit, or the mean number of classes; null if all intervals are
/// infinite.</param>
/// <param name="UnboundedCount">The number of rows with an infinite interval, or with a set of all classes.</param>
/// <param name="EmptyCount">The number of rows with an empty set; 0 for intervals.</param>
public sealed record ConformalCoverage(
    long? Group, long Count, double Share, double Lower, double Upper, double? MeanSize, long UnboundedCount, long EmptyCount);
