using System.Runtime.CompilerServices;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Trains a model by descending the negative ELBO in batches, with <see cref="VariationalStep"/> on its fast path if possible. Also trains the
/// parameters of the likelihood and the priors.
/// </summary>
/// <remarks>
/// Nothing is kept between two calls of Fit: each makes its own optimizer and restarts the schedules. As with <c>.to(...)</c>, a call replaces the
/// model's <c>Parameter</c> objects. A model in evaluation mode is in training mode during the call; one in training mode is left as it is, so that
/// parts of it can stay in evaluation mode.
/// <para>Modules whose parameters are all frozen are in evaluation mode during the call, for any mode of the model, so that their features do not
/// change.</para>
/// <para>A step is refused if its loss, its gradient, a buffer that the pass changed or a parameter that the optimizer changed is not finite: it
/// changes nothing. Refused steps are counted; many in a row end training with <see cref="TrainingDivergedException"/>. Data with a row that is NaN
/// or infinite are refused with the row's number.</para>
/// <para>The number of examples of an epoch is compared with the loss's <see cref="ElboLoss.DatasetSize"/>, unless
/// <see cref="VariationalTrainerOptions.EpochCoversDataset"/> is false. If the model normalizes over the batch, a last batch of one row joins the
/// one before it, and a batch of one row from another source is refused.</para>
/// <para>Passes use only as many native threads as their work needs; the setting of <c>torch.set_num_threads</c> is restored.</para>
/// <para>Cancellation ends training between two steps and returns the history so far. Unless an exception ends training, the model is put back to
/// its best epoch if there is a validation set and <see cref="VariationalTrainerOptions.RestoreBest"/> is set. Otherwise it keeps the values of the
/// last step that was made. Values are put back in place, so references to parameters stay valid.</para>
/// <para>Progress is reported on this thread and inside the call, which also disposes tensors that are made there.</para>
/// <para>Owns neither the model nor the loss. Do not share it between threads.</para>
/// </remarks>
public sealed class VariationalTrainer
{
    /// <summary>Creates a trainer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The negative ELBO; its <see cref="ElboLoss.DatasetSize"/> is the number of training examples.</param>
    /// <param name="options">The options of the training; the defaults if null.</param>
    /// <exception cref="ArgumentException">The estimator carries no gradient, or the model ends in a module that the loss's likelihood is not
    /// meant for.</exception>
    public VariationalTrainer(BayesianModule model, ElboLoss loss, VariationalTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        LastModule.RequireFits(model, loss.Likelihood);
        Model = model;
        Loss = loss;
        Options = options ?? new VariationalTrainerOptions();
        if (Options.Estimator is { } estimator)
            BayesianModule.Trainable(estimator);
    }

    /// <summary>Gets the model.</summary>
    public BayesianModule Model { get; }

    /// <summary>Gets the negative ELBO.</summary>
    public ElboLoss Loss { get; }

    /// <summary>Gets the options of the training.</summary>
    public VariationalTrainerOptions Options { get; }

    /// <summary>
    /// Trains on the rows of inputs and targets, in batches of <see cref="VariationalTrainerOptions.BatchSize"/>, shuffled every epoch.
    /// </summary>
    /// <param name="input">
    /// <c>[N, …]</c>, on the model's device, where N is the loss's <see cref="ElboLoss.DatasetSize"/>. For a network with several inputs, each of
    /// them: <c>Fit((numbers, words), target)</c>.
    /// </param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="validation">
    /// Held-out examples: two tensors <c>[V, …]</c>, or <see cref="ValidationData"/> of a loader or of batches. Null by default.
    /// </param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <param name="weights">
    /// A weight for each row, <c>[N]</c>, each finite and at least 0, by which the row's log-probability is multiplied; null for 1
    /// (<see cref="SampleWeights"/>). Validation has no weights. <see cref="TrainingHistory.EffectiveExamples"/> tells for how many examples they
    /// stand.
    /// </param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">Tensors do not fit each other, the loss or the model, a row is not finite, or patience is set without a
    /// validation set.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public TrainingHistory Fit(
        NetworkInput input,
        Tensor target,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default,
        Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        input.RequireBatch();
        Require.OneForEachRow(target, input.Rows);
        RequireSize(input.Rows, "The input has", nameof(input));
        FiniteRows.Require(input, target, "The data cannot be trained on");
        // The default estimator depends on what follows a last layer.
        Model.Examine(input);
        if (weights is null)
            return Fit(Loss, target);

        SampleWeights.Require(weights, input.Rows);
        double effective = SampleWeights.EffectiveCount(weights);
        using var weighted = WeightedLikelihood.Join(target, weights);
        using var loss = new ElboLoss(Loss, new WeightedLikelihood(Loss.Likelihood, target));
        return Fit(loss, weighted) with { EffectiveExamples = effective };

        TrainingHistory Fit(ElboLoss loss, Tensor target) => this.Fit(
            loss,
            () =>
            {
                int seed = ShuffleSeed();
                var rows = new ShuffledRows(input, target, Options.BatchSize, seed, needsSeveralRows: BatchNormalization.IsTrained(Model));
                return new BatchSource(rows.NextEpoch, rows.BatchesPerEpoch) { Seed = seed, SkipTo = rows.SkipTo };
            },
            validation, progress, cancellationToken);
    }

    /// <summary>
    /// Trains on the batches of a loader whose items are lists, like those of TorchSharp's <c>TensorDataset</c>: the input, then the target.
    /// </summary>
    /// <param name="loader">The loader, enumerated once an epoch. It owns its batches, and is not disposed.</param>
    /// <param name="validation">
    /// Held-out examples: two tensors <c>[V, …]</c>, or <see cref="ValidationData"/> of a loader or of batches. Null by default.
    /// </param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">The data set does not have N examples, tensors do not fit the model, or patience is set without a
    /// validation set.</exception>
    /// <exception cref="InvalidOperationException">An item is not two tensors, the loader's sampler makes another number of batches than the loader
    /// counts, or a row is not finite.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public TrainingHistory Fit(
        DataLoader<IList<Tensor>, IList<Tensor>> loader,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        return Fit(loader, inputs: 1, validation, progress, cancellationToken);
    }

    /// <summary>Trains on the batches of a loader whose items are lists: the given number of inputs, then the target.</summary>
    /// <param name="loader">The loader, enumerated once an epoch. It owns its batches, and is not disposed.</param>
    /// <param name="inputs">The number of inputs, 1 to 4.</param>
    /// <param name="validation">Held-out examples, as for one input. Null by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputs"/> is outside 1 to 4.</exception>
    /// <inheritdoc cref="Fit(DataLoader{IList{Tensor}, IList{Tensor}}, ValidationData?, IProgress{TrainingProgress}?, CancellationToken)"/>
    public TrainingHistory Fit(
        DataLoader<IList<Tensor>, IList<Tensor>> loader,
        int inputs,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        Require.Between(inputs, 1, NetworkInput.Most);
        RequireSize(loader.dataset.Count, "The loader's data set has", nameof(loader));
        return Fit(Loss, () => BatchSource.Of(loader, inputs), validation, progress, cancellationToken);
    }

    /// <summary>Trains on the batches of a loader whose items are dictionaries, like those of TorchSharp's own data sets.</summary>
    /// <param name="loader">The loader, enumerated once an epoch. It owns its batches, and is not disposed.</param>
    /// <param name="inputKey">The name of the input in an item.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    /// <param name="validation">
    /// Held-out examples: two tensors <c>[V, …]</c>, or <see cref="ValidationData"/> of a loader or of batches. Null by default.
    /// </param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">The data set does not have N examples, tensors do not fit the model, or patience is set without a
    /// validation set.</exception>
    /// <exception cref="InvalidOperationException">An item lacks a name, the loader's sampler makes another number of batches than the loader
    /// counts, or a row is not finite.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public TrainingHistory Fit(
        DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader,
        string inputKey,
        string targetKey,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputKey);
        return Fit(loader, [inputKey], targetKey, validation, progress, cancellationToken);
    }

    /// <summary>Trains a network with several inputs on the batches of a loader whose items are dictionaries.</summary>
    /// <param name="loader">The loader, enumerated once an epoch. It owns its batches, and is not disposed.</param>
    /// <param name="inputKeys">The names of the inputs in an item, in the order in which the network takes them.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    /// <param name="validation">Held-out examples, as for one input. Null by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <inheritdoc cref="Fit(DataLoader{Dictionary{string, Tensor}, Dictionary{string, Tensor}}, string, string, ValidationData?,
    /// IProgress{TrainingProgress}?, CancellationToken)"/>
    public TrainingHistory Fit(
        DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader,
        IReadOnlyList<string> inputKeys,
        string targetKey,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(inputKeys);
        ArgumentNullException.ThrowIfNull(targetKey);
        RequireSize(loader.dataset.Count, "The loader's data set has", nameof(loader));
        return Fit(Loss, () => BatchSource.Of(loader, inputKeys, targetKey), validation, progress, cancellationToken);
    }

    /// <summary>Trains on batches from any source.</summary>
    /// <param name="batches">
    /// Returns the batches of one epoch; called once an epoch. Input <c>[B, …]</c> and target <c>[B, …]</c> that it makes while it is enumerated are
    /// disposed after their step; tensors that existed before are not.
    /// </param>
    /// <param name="batchesPerEpoch">The number of batches of an epoch; at least 1.</param>
    /// <param name="validation">
    /// Held-out examples: two tensors <c>[V, …]</c>, or <see cref="ValidationData"/> of a loader or of batches. Null by default.
    /// </param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">Tensors do not fit the model; or patience is set without a validation set.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchesPerEpoch"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">An epoch has another number of batches than given, or another number of examples than the loss,
    /// or a row is not finite.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    [OverloadResolutionPriority(1)]
    public TrainingHistory Fit(
        Func<IEnumerable<(Tensor Input, Tensor Target)>> batches,
        long batchesPerEpoch,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        Require.Positive(batchesPerEpoch);
        return Fit(Loss, () => new BatchSource(() => BatchSource.Single(batches()), batchesPerEpoch), validation, progress, cancellationToken);
    }

    /// <summary>Trains on batches of one or several inputs from any source.</summary>
    /// <param name="batches">
    /// Returns the batches of one epoch; called once an epoch. Tensors that it makes while it is enumerated are disposed after their step; tensors
    /// that existed before are not.
    /// </param>
    /// <param name="batchesPerEpoch">The number of batches of an epoch; at least 1.</param>
    /// <param name="validation">Held-out examples, as for one input. Null by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <inheritdoc cref="Fit(Func{IEnumerable{ValueTuple{Tensor, Tensor}}}, long, ValidationData?, IProgress{TrainingProgress}?,
    /// CancellationToken)"/>
    public TrainingHistory Fit(
        Func<IEnumerable<(NetworkInput Input, Tensor Target)>> batches,
        long batchesPerEpoch,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        Require.Positive(batchesPerEpoch);
        return Fit(Loss, () => new BatchSource(batches, batchesPerEpoch), validation, progress, cancellationToken);
    }

    /// <summary>Trains on a data set that is read anew in every epoch and need not fit into memory.</summary>
    /// <param name="data">
    /// The data set. Its batches have the size that it was made with, and the order of <see cref="VariationalTrainerOptions.ShuffleSeed"/>. Tensors
    /// that it makes are disposed after their step.
    /// </param>
    /// <param name="validation">
    /// Held-out examples: two tensors <c>[V, …]</c>, another <see cref="BatchStream"/>, or <see cref="ValidationData"/> of a loader or of batches.
    /// Null by default.
    /// </param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">The data set does not have N rows, tensors do not fit the model, or patience is set without a validation
    /// set.</exception>
    /// <exception cref="InvalidOperationException">An epoch has another number of batches or rows than the data set counts, or a row is not
    /// finite.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public TrainingHistory Fit(
        BatchStream data,
        ValidationData? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireSize(data.Rows, "The data set has", nameof(data));
        Require.Positive(data.BatchesPerEpoch, $"{nameof(data)}.{nameof(data.BatchesPerEpoch)}");
        return Fit(Loss, () => data.From(ShuffleSeed()), validation, progress, cancellationToken);
    }

    private int ShuffleSeed() => Options.ShuffleSeed ?? unchecked((int)TorchNoise.GlobalSeed());

    private TrainingHistory Fit(
        ElboLoss loss, Func<BatchSource> source, ValidationData? validation, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (validation is null && Options.Patience is { } patience)
            throw new ArgumentException(
                $"Patience is {patience} epochs without a validation set; expected one, whose log density tells when to stop.", nameof(validation));
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Training(Model);
        using var frozen = new FrozenParts(Model);
        using var run = new TrainingRun(Model, loss, Options, source(), validation);
        return run.Run(progress, cancellationToken);
    }

    private void RequireSize(long examples, string source, string parameter)
    {
        if (Options.EpochCoversDataset)
            BatchSource.RequireSize(examples, Loss.DatasetSize, source, parameter);
    }
}
