namespace Bayes.Layers.Onnx;

/// <summary>Describes an exported file.</summary>
/// <param name="Input">The name of the input, its element type and its shape; null for a size that may be any.</param>
/// <param name="Outputs">The outputs in order.</param>
/// <param name="Draws">S, the number of draws; 1 without draws.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Nodes">The number of the graph's nodes.</param>
/// <param name="Metadata">The texts in the file's metadata, by their keys (<see cref="OnnxMetadata"/>).</param>
public sealed record OnnxSummary(
    OnnxTensor Input, IReadOnlyList<OnnxTensor> Outputs, int Draws, long Bytes, int Nodes, IReadOnlyDictionary<string, string> Metadata);
