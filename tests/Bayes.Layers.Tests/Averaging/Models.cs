using Bayes.Layers.Averaging;

namespace Bayes.Layers.Tests.Averaging;

/// <summary>Models of weights that walk at random.</summary>
internal static class Models
{
    public static WeightSpaceModule Made()
    {
        var network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1));
        using var swag = new Swag(network, 4);
        Walk(network, swag, 6);
        return swag.ToModel();
    }

    public static void Walk(nn.Module network, Swag swag, int steps)
    {
        using var _ = no_grad();
        for (int i = 0; i < steps; i++)
        {
            foreach (var parameter in network.parameters())
                parameter.add_(randn_like(parameter).mul(0.3));
            swag.Collect();
        }
    }
}
