using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// The permitted difference of results in single and double precision with the same parameters and noise, in last places: units
/// of 2⁻²³ = 1.2e-7 of a result's largest number. About twice the measured difference, because other processors sum in another order.
/// </summary>
internal static class Tolerances
{
    public static Dictionary<string, double> InLastPlaces { get; } = new()
    {
        // Outputs, KL divergences and the gradients of a loss of both. Those of a recurrent layer are sums over steps with much cancellation.
        [nameof(BayesianLinear)] = 6,
        [nameof(BayesianConv1d)] = 6,
        [nameof(BayesianConv2d)] = 4,
        [nameof(BayesianConv3d)] = 4,
        [nameof(BayesianConvTranspose1d)] = 8,
        [nameof(BayesianConvTranspose2d)] = 8,
        [nameof(BayesianConvTranspose3d)] = 8,
        [nameof(BayesianEmbedding)] = 2,
        [nameof(BayesianLSTM)] = 40,
        [nameof(BayesianGRU)] = 8,
        // Attention does not depend on the bias of the keys, so the terms of its gradient cancel; processors sum them in different orders.
        [nameof(BayesianMultiheadAttention)] = 240,
        [nameof(BayesianTransformerEncoderLayer)] = 225,
        [nameof(BayesianPositionalEmbedding)] = 2,
        [nameof(MonteCarloDropout)] = 1,
        [nameof(BayesianResidual)] = 8,
        [nameof(BayesianSequential)] = 8,
        [nameof(WeightSpaceModule)] = 12,

        // Draws, marginals, entropies, KL divergences and their gradients.
        [nameof(MeanFieldNormal)] = 2,
        [nameof(LowRankNormal)] = 3,
        [nameof(FullNormal)] = 8,
        [nameof(RowNormal)] = 8,
        [nameof(VariationalLastLayer)] = 8,
        [nameof(MomentPropagation)] = 7,
        [nameof(KroneckerNormal)] = 8,
        [nameof(SwagNormal)] = 3,

        // KL divergences, log-densities and their gradients. A learned scale's logarithm is measured from the low end of its range, log 10⁴ away.
        [nameof(NormalPrior)] = 4,
        [nameof(PerWeightNormalPrior)] = 3,
        [nameof(LaplacePrior)] = 2,
        [nameof(ScaleMixturePrior)] = 20,
        [nameof(StudentTPrior)] = 4,
        [nameof(LearnedScalePrior)] = 6,
        [nameof(HorseshoePrior)] = 32,

        // Log-probabilities, moments, quantiles and gradients; learned scales as above.
        [nameof(BernoulliLikelihood)] = 4,
        [nameof(CategoricalLikelihood)] = 4,
        [nameof(GaussianLikelihood)] = 10,
        [nameof(StudentTLikelihood)] = 16,
        [nameof(HeteroscedasticGaussianLikelihood)] = 2,
        [nameof(GaussianMixtureLikelihood)] = 8,
        [nameof(NegativeBinomialLikelihood)] = 16,
        [nameof(PoissonLikelihood)] = 2,
        [nameof(JointLikelihood)] = 10,
        [nameof(ElboLoss)] = 12,

        // Predictions: sums over draws are computed in double precision.
        [nameof(Predictive.Mean)] = 1,
        [nameof(Predictive.StandardErrorOfMean)] = 2,
        [nameof(Predictive.EpistemicStddev)] = 2,
        [nameof(Predictive.EpistemicVariance)] = 3,
        [nameof(Predictive.AleatoricStddev)] = 2,
        [nameof(Predictive.AleatoricVariance)] = 3,
        [nameof(Predictive.TotalVariance)] = 3,
        [nameof(Predictive.TotalStddev)] = 2,
        [nameof(Predictive.TotalEntropy)] = 2,
        [nameof(Predictive.ExpectedEntropy)] = 1,
        [nameof(Predictive.MutualInformation)] = 4,
        [nameof(Predictive.LogPredictiveDensity)] = 5,
        [nameof(Predictive.LogPredictiveDensityOf)] = 1,
        [nameof(Predictive.ProbabilityAtMost)] = 2,
        [nameof(Predictive.Samples)] = 3,
        [nameof(Predictive.CredibleInterval)] = 6,
        [nameof(Predictive.PredictionInterval)] = 2,
        [nameof(Predictive.QuantilesOfMean)] = 4,
        [nameof(Predictive.QuantilesOfTarget)] = 2,

        // Metrics read doubles, so nothing is lost; a scaled probability is returned in its own type.
        ["Accuracy.Of"] = 0,
        ["AveragePrecision.Of"] = 0,
        ["BrierScore.Of"] = 0,
        ["Calibration.OfConfidence"] = 0,
        ["Calibration.OfProbability"] = 0,
        ["Calibration.OfEachClass"] = 0,
        ["Calibration.ClassWiseError"] = 0,
        ["ClassificationReport.Of"] = 0,
        ["ConfusionMatrix.Of"] = 0,
        ["ContinuousRankedProbabilityScore.OfNormal"] = 0,
        ["ContinuousRankedProbabilityScore.OfSamples"] = 0,
        ["FalsePositiveRate.Of"] = 0,
        ["IntervalCoverage.Of"] = 0,
        ["IntervalCoverage.OfNormal"] = 0,
        ["MeanAbsoluteError.Of"] = 0,
        ["MulticlassConfusionMatrix.Of"] = 0,
        ["NegativeLogLikelihood.Of"] = 0,
        ["NormalNegativeLogLikelihood.Of"] = 0,
        ["MultiLabelReport.Of"] = 0,
        ["RegressionCalibration.Of"] = 0,
        ["RegressionCalibration.OfNormal"] = 0,
        ["RegressionReport.Of"] = 0,
        ["RejectionCurve.Of"] = 0,
        ["RocAuc.Of"] = 0,
        ["RocAuc.OneVsOne"] = 0,
        ["RocAuc.OneVsRest"] = 0,
        ["RootMeanSquaredError.Of"] = 0,
        ["TemperatureScaling.Fit"] = 0,
        ["TemperatureScaling.Apply"] = 1,
    };
}
