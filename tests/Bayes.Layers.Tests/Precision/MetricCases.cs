using System.Collections;
using System.Reflection;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Every metric for the same numbers: metrics compute in double precision for any input type.</summary>
internal static class MetricCases
{
    private const int Rows = 40;

    private static readonly Dictionary<string, Func<Given, object>> Metrics = new()
    {
        ["Accuracy.Of"] = given => Accuracy.Of(given.Rows, given.Classes),
        ["AveragePrecision.Of"] = given => AveragePrecision.Of(given.Binary, given.Labels),
        ["BrierScore.Of"] = given => BrierScore.Of(given.Rows, given.Classes),
        ["Calibration.OfConfidence"] = given => Calibration.OfConfidence(given.Rows, given.Classes),
        ["Calibration.OfProbability"] = given => Calibration.OfProbability(given.Binary, given.Labels),
        ["Calibration.OfEachClass"] = given => Calibration.OfEachClass(given.Rows, given.Classes, bins: 4, Binning.EqualMass),
        ["Calibration.ClassWiseError"] = given => Calibration.ClassWiseError(given.Rows, given.Classes),
        ["ClassificationReport.Of"] = given => ClassificationReport.Of(given.Rows, given.Classes),
        ["ConfusionMatrix.Of"] = given => ConfusionMatrix.Of(given.Binary, given.Labels),
        ["ContinuousRankedProbabilityScore.OfNormal"] = given => ContinuousRankedProbabilityScore.OfNormal(given.Means, given.Stddevs, given.Targets),
        ["ContinuousRankedProbabilityScore.OfSamples"] = given => ContinuousRankedProbabilityScore.OfSamples(given.Samples, given.Targets),
        ["FalsePositiveRate.Of"] = given => FalsePositiveRate.Of(given.Binary, given.Labels),
        ["IntervalCoverage.Of"] = given => IntervalCoverage.Of(given.Means.sub(given.Stddevs).to(float32).to(given.Means.dtype),
            given.Means.add(given.Stddevs).to(float32).to(given.Means.dtype), given.Targets),
        ["IntervalCoverage.OfNormal"] = given => IntervalCoverage.OfNormal(given.Means, given.Stddevs, given.Targets),
        ["MeanAbsoluteError.Of"] = given => MeanAbsoluteError.Of(given.Means, given.Targets),
        ["MulticlassConfusionMatrix.Of"] = given => MulticlassConfusionMatrix.Of(given.Rows, given.Classes),
        ["NegativeLogLikelihood.Of"] = given => NegativeLogLikelihood.Of(given.Rows, given.Classes),
        ["NormalNegativeLogLikelihood.Of"] = given => NormalNegativeLogLikelihood.Of(given.Means, given.Stddevs, given.Targets),
        ["MultiLabelReport.Of"] = given => MultiLabelReport.Of(given.Rows, given.Rows.gt(0.3)),
        ["RegressionCalibration.Of"] = given => RegressionCalibration.Of(
            Predictive.OfSamples(given.Samples.unsqueeze(-1), new GaussianLikelihood(0.5)), given.Targets.unsqueeze(-1)),
        ["RegressionCalibration.OfNormal"] = given => RegressionCalibration.OfNormal(given.Means, given.Stddevs, given.Targets),
        ["RegressionReport.Of"] = given => RegressionReport.Of(given.Means, given.Stddevs, given.Targets),
        ["RejectionCurve.Of"] = given => RejectionCurve.Of(given.Stddevs.narrow(0, 0, Rows), given.Rows, given.Classes),
        ["RocAuc.Of"] = given => RocAuc.Of(given.Binary, given.Labels),
        ["RocAuc.OneVsOne"] = given => RocAuc.OneVsOne(given.Rows, given.Classes),
        ["RocAuc.OneVsRest"] = given => RocAuc.OneVsRest(given.Rows, given.Classes),
        ["RootMeanSquaredError.Of"] = given => RootMeanSquaredError.Of(given.Means, given.Targets),
        ["TemperatureScaling.Fit"] = given => TemperatureScaling.Fit(given.Rows, given.Classes).Temperature,
        ["TemperatureScaling.Apply"] = given => new TemperatureScaling(1.7).Apply(given.Rows),
    };

    /// <summary>The public methods of Evaluation that take tensors.</summary>
    public static IEnumerable<string> Methods =>
        from type in typeof(Accuracy).Assembly.GetExportedTypes()
        where type.Namespace == typeof(Accuracy).Namespace
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Tensor))
        select $"{type.Name}.{method.Name}";

    public static IEnumerable<PrecisionCase> All =>
        Metrics.Select(metric => new PrecisionCase(metric.Key, metric.Key, [metric.Key], dtype => Compute(metric.Value, dtype)));

    private static Dictionary<string, Tensor> Compute(Func<Given, object> metric, ScalarType dtype)
    {
        object found = metric(new Given(dtype));
        return new() { ["value"] = found as Tensor ?? tensor(NumbersOf(found).ToArray(), dtype: float64) };
    }

    /// <summary>Returns the numbers in a metric's result, including nested parts.</summary>
    private static IEnumerable<double> NumbersOf(object? value) => value switch
    {
        null or string or Delegate => [],
        IConvertible number => [Convert.ToDouble(number)],
        IEnumerable many => many.Cast<object?>().SelectMany(NumbersOf),
        _ => value.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0)
            .SelectMany(property => NumbersOf(property.GetValue(value))),
    };

    private sealed class Given(ScalarType dtype)
    {
        public Tensor Binary { get; } = PrecisionCase.Numbers(float32, 61, MetricCases.Rows).sigmoid().to(dtype);

        public Tensor Labels { get; } = arange(MetricCases.Rows, int64).remainder(2);

        public Tensor Rows { get; } = PrecisionCase.Numbers(float32, 62, MetricCases.Rows, 3).softmax(1).to(dtype);

        public Tensor Classes { get; } = arange(MetricCases.Rows, int64).remainder(3);

        public Tensor Means { get; } = PrecisionCase.Numbers(dtype, 63, MetricCases.Rows);

        public Tensor Stddevs { get; } = PrecisionCase.Numbers(float32, 64, MetricCases.Rows).mul(0.3).exp().to(dtype);

        public Tensor Targets { get; } = PrecisionCase.Numbers(dtype, 65, MetricCases.Rows);

        public Tensor Samples { get; } = PrecisionCase.Numbers(dtype, 66, 9, MetricCases.Rows);
    }
}
