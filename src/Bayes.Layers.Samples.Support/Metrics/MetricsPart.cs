namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>Fields that the metrics of several samples have; metrics.json lists them among those of the sample.</summary>
internal abstract record MetricsPart;
