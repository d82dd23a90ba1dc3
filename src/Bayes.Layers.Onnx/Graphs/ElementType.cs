namespace Bayes.Layers.Onnx.Graphs;

/// <summary>Element types of values in a graph, with the numbers that ONNX's format gives them.</summary>
internal enum ElementType
{
    /// <summary>Single precision.</summary>
    Float = 1,

    /// <summary>Whole numbers of 64 bits.</summary>
    Int64 = 7,

    /// <summary>True or false.</summary>
    Bool = 9,

    /// <summary>Double precision.</summary>
    Double = 11,
}
