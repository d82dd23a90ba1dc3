using System.Security.Cryptography;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Tabular;
using static TorchSharp.torch;

namespace Bayes.Layers.Scoring.Models;

/// <summary>A model that scores rows of a table. Several threads may score with it at a time. Owns the networks: dispose it.</summary>
internal abstract class ScoredModel : IDisposable
{
    /// <summary>Gets the number of draws that the file asks for.</summary>
    public abstract int UsualDraws { get; }

    /// <summary>Gets whether the kinds of columns matter, so that they must be the same in every part of a CSV file.</summary>
    public abstract bool NeedsKinds { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="CheckpointException">The file is damaged or holds no model.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ScoredModel Open(string path, Device device)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model '{path}' does not exist; expected a file that Save wrote.", path);
        return TabularNetworks.KindOf(path) switch
        {
            null => new NetworkModel(path, device),
            TabularRegression.Kind => new RegressionModel(path),
            _ => new ClassificationModel(path),
        };
    }

    /// <summary>Returns the SHA-256 of a model's file, in hexadecimal digits.</summary>
    public static string DigestOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Refuses a model whose predictions of some draws cannot be merged; does so by default.</summary>
    /// <exception cref="ScoringException">The model's predictions cannot be merged.</exception>
    public virtual void RequireMerges() => throw NotByDraws();

    /// <summary>Returns the columns of features that are read, in the order of the model.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <exception cref="ScoringException">The request does not fit the model.</exception>
    public abstract IReadOnlyList<string> FeaturesOf(ScoringRequest request, IReadOnlyList<string> columns);

    /// <summary>Scores rows.</summary>
    /// <param name="rows">The rows, with the columns of the task.</param>
    /// <param name="task">What is asked.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract IReadOnlyList<ResultColumn> Score(Table rows, ScoringTask task, CancellationToken cancellationToken);

    /// <summary>Predicts rows with some of the draws, and writes the prediction into a file, to be merged with that of the others.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="task">What is asked; its number of draws is that of the shard.</param>
    /// <param name="firstDraw">The number of the first draw.</param>
    /// <param name="path">The file, written whole or not at all.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ScoringException">The model's predictions cannot be merged.</exception>
    public virtual void PredictDraws(Table rows, ScoringTask task, int firstDraw, string path, CancellationToken cancellationToken) =>
        throw NotByDraws();

    /// <summary>Returns the scores that the predictions in files make together.</summary>
    /// <exception cref="ScoringException">The model's predictions cannot be merged.</exception>
    /// <param name="paths">The files, in the order of their shards.</param>
    /// <param name="task">What is asked.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DamagedPartsException">A file is damaged.</exception>
    public virtual IReadOnlyList<ResultColumn> MergeDraws(IReadOnlyList<string> paths, ScoringTask task, CancellationToken cancellationToken) =>
        throw NotByDraws();

    /// <inheritdoc/>
    public abstract void Dispose();

    private static ScoringException NotByDraws() =>
        new("A model of a table is scored with all draws of a row at once; expected shards that are cut by rows.");
}
