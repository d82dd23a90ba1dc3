using Bayes.Layers.Checkpoints;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Training;

namespace Bayes.Layers.Soak;

/// <summary>A Bayesian model that is trained by variational inference.</summary>
/// <param name="Name">The name in the output.</param>
/// <param name="CreateModel">Makes the model, the same for the same state of torch's generator.</param>
/// <param name="CreateLoss">Makes its loss, for <see cref="SoakCases.Rows"/> examples.</param>
/// <param name="CreateInput">Makes its inputs, from torch's generator.</param>
/// <param name="CreateTarget">Makes the targets of the inputs.</param>
internal sealed record TrainedCase(
    string Name, Func<BayesianModule> CreateModel, Func<ElboLoss> CreateLoss, Func<Tensor> CreateInput, Func<Tensor> CreateTarget)
    : SoakCase(Name)
{
    /// <summary>The estimator for training.</summary>
    public Estimator Estimator { get; init; } = new Reparameterization();

    protected override (double[] Before, double[] After) SaveAndLoad(long seed, string file)
    {
        using var model = CreateModel();
        using var loss = CreateLoss();
        Tensor input = CreateInput(), target = CreateTarget();
        var options = new VariationalTrainerOptions { Epochs = 3, BatchSize = 8, LearningRate = 0.01, Estimator = Estimator, Patience = 2 };
        new VariationalTrainer(model, loss, options).Fit(input, target, validation: (input, target));
        GC.KeepAlive(PosteriorDiagnostics.Of(model, loss).ToString());

        double[] before = Prediction.With(FunctionDistribution.Of(model), loss.Likelihood, input, target, seed);
        Checkpoint.Save(model, file, loss);
        using var loaded = CreateModel();
        using var lossLoaded = CreateLoss();
        Checkpoint.Load(loaded, file, lossLoaded);
        return (before, Prediction.With(FunctionDistribution.Of(loaded), lossLoaded.Likelihood, input, target, seed));
    }
}
