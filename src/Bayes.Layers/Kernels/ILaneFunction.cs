namespace Bayes.Layers.Kernels;

/// <summary>A function of one number, for many numbers side by side.</summary>
internal interface ILaneFunction
{
    /// <summary>Returns the function's values.</summary>
    TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>;
}
