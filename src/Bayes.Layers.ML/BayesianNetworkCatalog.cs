using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Bayes.Layers.ML;

/// <summary>Adds the trainers of Bayesian networks to ML.NET's catalogs.</summary>
public static class BayesianNetworkCatalog
{
    /// <summary>
    /// Creates a trainer of a Bayesian network that predicts a number: columns Score (the mean), Epistemic and Aleatoric (standard deviations), Lower
    /// and Upper (the prediction interval of mass <see cref="BayesianNetworkOptions.Mass"/>), all in the label's unit.
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The column to predict, of numbers.</param>
    /// <param name="featureColumnName">The column of features, a vector of Single of fixed length. It is scaled inside.</param>
    /// <param name="options">The options; the defaults if null.</param>
    public static BayesianNetworkTrainer BayesianNetwork(
        this RegressionCatalog.RegressionTrainers trainers, string labelColumnName = "Label", string featureColumnName = "Features",
        BayesianNetworkOptions? options = null) =>
        new(Internals.EnvironmentOf(trainers), new RegressionTask(), labelColumnName, featureColumnName, options);

    /// <summary>
    /// Creates a trainer of a Bayesian network that predicts whether a label is true: columns PredictedLabel, Probability (the mean over the drawn
    /// networks), Score (its log-odds), Epistemic and Aleatoric (in nats: what the networks disagree about, and the rest of the entropy), Lower and
    /// Upper (the credible interval of the probability).
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The column to predict: Boolean, or numbers 0 and 1.</param>
    /// <param name="featureColumnName">The column of features, a vector of Single of fixed length. It is scaled inside.</param>
    /// <param name="options">The options; the defaults if null.</param>
    public static BayesianNetworkTrainer BayesianNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers trainers, string labelColumnName = "Label",
        string featureColumnName = "Features", BayesianNetworkOptions? options = null) =>
        new(Internals.EnvironmentOf(trainers), new BinaryTask(), labelColumnName, featureColumnName, options);

    /// <summary>
    /// Creates a trainer of a Bayesian network that predicts a class: columns PredictedLabel (a key), Score (the probabilities of the classes),
    /// Epistemic and Aleatoric (in nats: what the drawn networks disagree about, and the rest of the entropy), Lower and Upper (the credible
    /// intervals of the probabilities, a vector each).
    /// </summary>
    /// <param name="trainers">The catalog.</param>
    /// <param name="labelColumnName">The column to predict, a key: <c>Conversion.MapValueToKey</c> makes one.</param>
    /// <param name="featureColumnName">The column of features, a vector of Single of fixed length. It is scaled inside.</param>
    /// <param name="options">The options; the defaults if null.</param>
    public static BayesianNetworkTrainer BayesianNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, string labelColumnName = "Label",
        string featureColumnName = "Features", BayesianNetworkOptions? options = null) =>
        new(Internals.EnvironmentOf(trainers), new MulticlassTask(), labelColumnName, featureColumnName, options);

    /// <summary>
    /// Lets <c>mlContext.Model.Load</c> find Bayesian networks in a saved pipeline. Call it once before loading; an <c>MLContext</c> whose catalog
    /// made such a trainer knows them already.
    /// </summary>
    /// <param name="components">The catalog of components, <c>mlContext.ComponentCatalog</c>.</param>
    /// <exception cref="NotSupportedException">The version of Microsoft.ML has other internals than this package was made for.</exception>
    public static void RegisterBayesianNetworks(this ComponentCatalog components)
    {
        ArgumentNullException.ThrowIfNull(components);
        ModelFile.Register(components);
    }
}
