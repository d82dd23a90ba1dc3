using Bayes.Layers.Estimators;

namespace Bayes.Layers.Training;

/// <summary>The settings from which <see cref="VariationalTrainerOptions.CreateStep"/> makes a step.</summary>
/// <param name="Model">The model.</param>
/// <param name="Loss">The negative ELBO.</param>
/// <param name="Estimator">The estimator of the options, which integrates over the posterior, with their number of draws.</param>
/// <param name="LearningRate">The options' learning rate.</param>
public sealed record TrainingStepSettings(BayesianModule Model, ElboLoss Loss, Estimator Estimator, double LearningRate);
