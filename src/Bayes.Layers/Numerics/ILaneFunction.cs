namespace Bayes.Layers.Numerics;

/// <summary>A function of one number, for many side by side.</summary>
internal interface ILaneFunction
{
    /// <summary>The function's values.</summary>
    TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>;
}
