using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx;

/// <summary>
/// Writes models as ONNX files, which ONNX Runtime runs from C#, C++, Java, JavaScript and Python without this library and without libtorch. The
/// modules of a model are read, and not traced: a module whose forward is a program of its own is refused, with its path.
/// </summary>
/// <remarks>
/// Files use version <see cref="Opset"/> of ONNX's operators and single precision; the batch may have any size. Their metadata
/// (<see cref="OnnxMetadata"/>) names model, seed, likelihood and version. No graph draws random numbers: every draw keeps its name. No other thread
/// may use the model during an export.
/// </remarks>
/// <example><c>OnnxExport.Save(model, likelihood, "model.onnx", new OnnxExportOptions { Draws = 50, Seed = 1 })</c></example>
public static class OnnxExport
{
    /// <summary>The version of the operators of ONNX's default domain that files use.</summary>
    public const int Opset = 20;

    // The version of the format that came with the operators.
    private const int FormatVersion = 9;

    /// <summary>Writes a model: a Bayesian one, or a plain network, which is a single function.</summary>
    /// <param name="model">The model, which stays as it is. It is exported as it works in evaluation mode.</param>
    /// <param name="likelihood">p(y | f), which decides the outputs; null for the network's outputs alone.</param>
    /// <param name="path">The file, which is replaced if it exists. It is complete or not there.</param>
    /// <param name="options">The options; the usual ones by default.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="NotSupportedException">A module, the likelihood or the product has no counterpart in ONNX, or the file would be larger than
    /// the format allows.</exception>
    /// <exception cref="ArgumentException">The options do not fit the model, or a weight is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static OnnxSummary Save(nn.Module model, Likelihood? likelihood, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Save(FunctionDistribution.Of(model), likelihood, path, options);
    }

    /// <summary>Writes a distribution over functions whose draws are weights: that of a model, or an <see cref="Ensemble"/>.</summary>
    /// <param name="distribution">The distribution.</param>
    /// <param name="likelihood">p(y | f), which decides the outputs; null for the functions' outputs alone.</param>
    /// <param name="path">The file, which is replaced if it exists. It is complete or not there.</param>
    /// <param name="options">The options; the usual ones by default.</param>
    /// <inheritdoc cref="Save(nn.Module, Likelihood, string, OnnxExportOptions)"/>
    public static OnnxSummary Save(
        FunctionDistribution distribution, Likelihood? likelihood, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxExportOptions();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var export = ModelGraph.Of(distribution, likelihood, options);
        var header = new ModelHeader(
            FormatVersion, Opset, "Bayes.Layers.Onnx", OnnxMetadata.LibraryVersion, "model",
            OnnxMetadata.Of(distribution, likelihood, options, export.Draws));
        long bytes = 0;
        WholeFile.Write(path, stream => bytes = ModelFile.Write(stream, export.Graph, header));
        return new OnnxSummary(
            Describe(export.Graph.Inputs[0]), [.. export.Graph.Outputs.Select(Describe)], export.Draws, bytes, export.Graph.Needed().Nodes.Count,
            header.Metadata);
    }

    private static OnnxTensor Describe(GraphValue value) =>
        new(value.Name, value.Type == ElementType.Int64 ? ScalarType.Int64 : ScalarType.Float32, [.. value.Shape]);
}
