using Bayes.Layers.Checkpoints;
using Bayes.Layers.Networks;

namespace Bayes.Layers.Partitioned;

/// <summary>A model and copies of it, one for each thread that trains.</summary>
/// <remarks>Owns the copies, and not the model; dispose it.</remarks>
internal sealed class ModelCopies : IDisposable
{
    private readonly List<BayesianModule> _copies = [];

    /// <summary>Copies a model, as far as it can be copied.</summary>
    /// <param name="model">The model, which is the first one.</param>
    /// <param name="count">The number of models that would be used, with the given one.</param>
    /// <param name="create">Makes a copy; null for a copy by a checkpoint.</param>
    public ModelCopies(BayesianModule model, int count, Func<BayesianModule>? create)
    {
        Models = [model];
        try
        {
            while (Models.Count < count && Copy(model, create) is { } copy)
            {
                _copies.Add(copy);
                NetworkInstances.Own(copy);
                copy.train(model.training);
                foreach (var (own, other) in copy.named_parameters().Zip(model.named_parameters()))
                    own.parameter.requires_grad = other.parameter.requires_grad;
                Models.Add(copy);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the models, the given one first.</summary>
    public List<BayesianModule> Models { get; }

    public void Dispose()
    {
        foreach (var copy in _copies)
            copy.Dispose();
    }

    private static BayesianModule? Copy(BayesianModule model, Func<BayesianModule>? create)
    {
        if (create is not null)
            return create() is { } made && !ReferenceEquals(made, model) ? made : throw new ArgumentException(
                $"{nameof(PartitionedTrainingOptions.CreateModel)} returned null or the model itself; expected another model.", nameof(create));
        using var stream = new MemoryStream();
        try
        {
            Checkpoint.Save(model, stream);
            stream.Position = 0;
            var device = model.parameters().First().device;
            return Checkpoint.LoadModel(stream, device).Model;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}
