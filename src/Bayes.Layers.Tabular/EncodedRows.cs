namespace Bayes.Layers.Tabular;

/// <summary>Rows of a table as numbers.</summary>
/// <param name="Values">The features, <c>[RowCount, FeatureCount]</c>, row after row; all finite.</param>
/// <param name="RowCount">The number of rows.</param>
/// <param name="FeatureCount">The number of features.</param>
/// <param name="Report">What was unusual.</param>
internal sealed record EncodedRows(float[] Values, int RowCount, int FeatureCount, EncodingReport Report);
