using Bayes.Layers.Estimators;

namespace Bayes.Layers.Training;

/// <summary>What <see cref="VariationalTrainerOptions.CreateStep"/> makes a step of.</summary>
/// <param name="Model">The model.</param>
/// <param name="Loss">The negative ELBO.</param>
/// <param name="Estimator">How the options ask to integrate over the posterior, with the number of draws.</param>
/// <param name="LearningRate">The options' learning rate.</param>
public sealed record TrainingStepSettings(BayesianModule Model, ElboLoss Loss, Estimator Estimator, double LearningRate);
