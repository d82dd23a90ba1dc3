namespace Bayes.Layers.Tests.Reliability;

/// <summary>A hash of a module's whole state.</summary>
internal static class Bits
{
    public static string Of(params nn.Module[] modules)
    {
        using var scope = NewDisposeScope();
        var all = new List<byte>();
        foreach (var tensor in modules.SelectMany(module => module.state_dict().Values))
            all.AddRange(tensor.detach().contiguous().bytes.ToArray());
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([.. all]));
    }
}
